import type { Context } from "hono";
import { type ErrorBody, FormworkError, toFormworkError } from "../errors.js";

/**
 * What a thrown value tells the caller. When `signal` has been aborted its reason is the truth,
 * whatever the engine threw on the way out. What is not of the error family is a bug: its text stays in the log.
 */
export function failureOf(thrown: unknown, signal?: AbortSignal): FormworkError {
  if (signal?.aborted && signal.reason instanceof FormworkError) return signal.reason;
  return toFormworkError(thrown);
}

/** The body every route but `/v1` answers a failure with. */
export function errorBody(error: FormworkError): ErrorBody {
  if (error.code !== "internal") return error.toBody();
  return {
    ...error.toBody(),
    error: "Something went wrong in the server; its log tells more by the request id.",
  };
}

/** The body `/v1` answers with: the same facts where OpenAI's clients look for them. */
export function openaiErrorBody(error: FormworkError): Record<string, unknown> {
  const { error: message, ...facts } = errorBody(error);
  const type = facts.status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message, type, code: error.code, param: error.pointer ?? null }, ...facts };
}

/** `error` as a response, with `Retry-After` where waiting helps. */
export function failureResponse(context: Context, error: FormworkError): Response {
  const body = isOpenaiPath(context.req.path) ? openaiErrorBody(error) : errorBody(error);
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  if (error.retryable) headers.set("retry-after", String(Math.ceil(error.retryAfterSeconds ?? 1)));
  if (error.status === 401) headers.set("www-authenticate", "Bearer");
  return context.body(`${JSON.stringify(body)}\n`, error.status as 400, Object.fromEntries(headers));
}

function isOpenaiPath(path: string): boolean {
  return path === "/v1" || path.startsWith("/v1/");
}
