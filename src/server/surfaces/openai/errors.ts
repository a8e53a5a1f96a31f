import type { ErrorCode, FormworkError } from "../../../errors.js";
import { errorBody } from "../../failure.js";

/** Codes that clients of OpenAI know by another name. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  prompt_too_long: "context_length_exceeded",
  unknown_model: "model_not_found",
  unauthorized: "invalid_api_key",
};

/** What `/v1` answers a failure with: the facts of every other route, and where OpenAI's clients look for them. */
export function openaiErrorBody(error: FormworkError): Record<string, unknown> {
  const { error: message, ...facts } = errorBody(error);
  const type = facts.status < 500 ? "invalid_request_error" : "server_error";
  return {
    error: { message, type, code: CODES[error.code] ?? error.code, param: error.pointer ?? null },
    ...facts,
  };
}
