import type { FormworkError } from "../../../errors.js";
import { errorBody } from "../../failure.js";

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  503: "overloaded_error",
  504: "timeout_error",
};

/** The error body of `/v1/messages`: the common members, in addition to Anthropic's. */
export function anthropicErrorBody(error: FormworkError): Record<string, unknown> {
  const { error: message, ...facts } = errorBody(error);
  const type = TYPES[facts.status] ?? (facts.status < 500 ? "invalid_request_error" : "api_error");
  return { type: "error", error: { type, message }, ...facts };
}
