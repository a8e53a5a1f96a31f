import { type ErrorCode, type ErrorDetails, FormworkError } from "../errors.js";

export interface CallErrorDetails extends ErrorDetails {
  /** Whether the same call may succeed later. Default: that of the code. */
  retryable?: boolean;
}

/** Creates the errors of a call, so that each caller throws its own error class. */
export type MakeError = (code: ErrorCode, message: string, details?: CallErrorDetails) => FormworkError;

/** Codes of failed connections, after which the server has seen nothing of the request. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/** Deno reports these by message only. */
const NEVER_CONNECTED_MESSAGE = /connection refused|dns error|failed to lookup address/i;

/** Maximum depth of nested causes. */
const MAX_DEPTH = 5;

/** Whether `fetch` failed before a byte of the request could reach the server. Unknown counts as no. */
export function neverConnected(thrown: unknown): boolean {
  for (const cause of causesOf(thrown)) {
    const { code } = cause as { code?: unknown };
    if (typeof code === "string" && NEVER_CONNECTED.has(code)) return true;
    if (NEVER_CONNECTED_MESSAGE.test(cause.message)) return true;
    // One error per address that was tried. If any of them may have connected, the request is not retried.
    if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(neverConnected);
  }
  return false;
}

/**
 * Converts the error of a failed `fetch` or an interrupted body: to `engine_unavailable` if the server cannot have seen the
 * request, otherwise to `upstream_error`. Returns a `FormworkError` unchanged.
 */
export function connectionError(thrown: unknown, url: string, makeError: MakeError): FormworkError {
  if (thrown instanceof FormworkError) return thrown;
  const reason = innermostMessage(thrown);
  const place = new URL(url).origin;
  return neverConnected(thrown)
    ? makeError("engine_unavailable", `Cannot connect to ${place}: ${reason}`, { cause: thrown })
    : makeError("upstream_error", `The connection to ${place} broke: ${reason}`, { cause: thrown });
}

function innermostMessage(thrown: unknown): string {
  let message = String(thrown);
  for (const cause of causesOf(thrown)) {
    const inner = cause instanceof AggregateError ? (cause.errors.at(-1) ?? cause) : cause;
    if (inner.message) message = inner.message;
    else if ("code" in inner) message = String(inner.code);
  }
  return message;
}

function* causesOf(thrown: unknown): Generator<Error> {
  let cause = thrown;
  for (let depth = 0; cause instanceof Error && depth < MAX_DEPTH; depth++) {
    yield cause;
    cause = cause.cause;
  }
}
