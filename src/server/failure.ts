import { type ErrorBody, FormworkError, toFormworkError } from "../errors.js";

/**
 * The caller's error for a thrown value. If `signal` was aborted, its reason counts, not what the engine threw as a consequence. Other
 * errors than `FormworkError` are bugs, whose text is only logged.
 */
export function failureOf(thrown: unknown, signal?: AbortSignal): FormworkError {
  if (signal?.aborted && signal.reason instanceof FormworkError) return signal.reason;
  return toFormworkError(thrown);
}

/** The error body of all routes except `/v1`. */
export function errorBody(error: FormworkError): ErrorBody {
  if (error.code !== "internal") return error.toBody();
  return {
    ...error.toBody(),
    error: "Something went wrong in the server; its log tells more by the request id.",
  };
}
