import { ClientError } from "../errors.js";

/** Codes of connections that were never made: the server has seen nothing of the request. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/** Deno tells by message only. */
const NEVER_CONNECTED_MESSAGE = /connection refused|dns error|failed to lookup address/i;

/** Whether `fetch` failed before a byte of the request could reach the server. Unknown counts as no. */
export function neverConnected(thrown: unknown): boolean {
  for (let cause = thrown, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const code = (cause as { code?: unknown }).code;
    if (typeof code === "string" && NEVER_CONNECTED.has(code)) return true;
    if (NEVER_CONNECTED_MESSAGE.test(cause.message)) return true;
    if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(neverConnected);
  }
  return false;
}

/** A failed `fetch`, or a body that broke off, as an error of the family. */
export function connectionError(thrown: unknown, url: string): ClientError {
  if (thrown instanceof ClientError) return thrown;
  const reason = innermostMessage(thrown);
  const place = new URL(url).origin;
  return neverConnected(thrown)
    ? new ClientError("engine_unavailable", `Cannot connect to ${place}: ${reason}`, { cause: thrown })
    : new ClientError("upstream_error", `The connection to ${place} broke: ${reason}`, { cause: thrown });
}

function innermostMessage(thrown: unknown): string {
  let message = thrown instanceof Error ? thrown.message : String(thrown);
  for (let cause = thrown, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause.message !== "") message = cause.message;
    else if ("code" in cause) message = String(cause.code);
  }
  return message;
}
