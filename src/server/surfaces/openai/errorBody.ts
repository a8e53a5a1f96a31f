import type { ErrorCode, FormworkError } from "../../../errors.js";
import { errorBody } from "../../failure.js";

/** Codes with another name in OpenAI's API. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  prompt_too_long: "context_length_exceeded",
  unknown_model: "model_not_found",
  unauthorized: "invalid_api_key",
};

/** The error body of `/v1`: the common members, in addition to OpenAI's. */
export function openaiErrorBody(error: FormworkError): Record<string, unknown> {
  const { error: message, ...facts } = errorBody(error);
  const type = facts.status < 500 ? "invalid_request_error" : "server_error";
  return {
    error: { message, type, code: CODES[error.code] ?? error.code, param: error.pointer ?? null },
    ...facts,
  };
}
