import { type ErrorBody, FormworkError, toFormworkError } from "../errors.js";

/**
 * The caller's error for a thrown value. When `signal` has been aborted its reason is the truth,
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
