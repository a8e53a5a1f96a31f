import { FormworkError } from "../errors.js";
import { readErrorBody, readRetryAfter } from "./answerBody.js";
import { connectionError, type MakeError, neverConnected } from "./fetchFailures.js";
import { type PauseSettings, Pauses } from "./pauses.js";
import type { TimeLimit } from "./timeLimit.js";

export interface ExchangeSettings extends PauseSettings {
  fetch: typeof fetch;
  /** Headers sent to the origin of the request only, not to other origins that it redirects to. */
  headers: Readonly<Record<string, string>>;
  /** Retries after failed connections. */
  connectRetries: number;
  maxRedirects: number;
  makeError: MakeError;
}

export interface ExchangeRequest {
  method: "GET" | "POST";
  url: string;
  /** JSON text. */
  body?: string | undefined;
  accept?: string;
  limit: TimeLimit;
  /** The error for an unsuccessful answer. After 429 and 503 it is only thrown when the time is up. */
  toError: (response: Response, body: unknown) => Error;
  /** Set if several exchanges of one request share their pauses. */
  pauses?: Pauses;
  /** Maximum milliseconds per attempt. Default: limited by `limit` only. */
  silenceMs?: number;
  /** Called for answers that report a starting server. */
  onCold?: () => void;
  /** Statuses besides 2xx that are not errors. */
  accepts?: readonly number[];
}

/**
 * Sends a request and returns its answer. Within the time limit, it only retries what cannot have generated anything: failed
 * connections, `503` and `429` (with `Retry-After` and jitter), and any failure of a `GET`. Follows Modal's chain of `303`s, in
 * which the request is already running and each `GET` waits for its result.
 */
export async function exchange(settings: ExchangeSettings, request: ExchangeRequest): Promise<Response> {
  const { limit, pauses = new Pauses(settings, limit) } = request;
  let method = request.method;
  let url = request.url;
  let failures = 0;
  for (let redirects = 0; ; ) {
    let response: Response;
    try {
      response = await send(settings, request, method, url);
    } catch (thrown) {
      if (limit.signal.aborted) throw limit.signal.reason;
      const error = connectionError(thrown, url, settings.makeError);
      const safe = method === "GET" || neverConnected(thrown);
      if (!safe || failures++ >= settings.connectRetries) throw error;
      await pauses.next(error);
      continue;
    }
    if (response.ok || request.accepts?.includes(response.status)) return response;
    if (isRedirect(response.status)) {
      url = await targetOf(settings, request, response, url, redirects++);
      if (response.status === 303) method = "GET";
      continue;
    }
    const error = request.toError(response, await readErrorBody(response));
    if (response.status !== 503 && response.status !== 429) throw error;
    const isBusy = error instanceof FormworkError && error.code === "queue_full";
    if (response.status === 503 && !isBusy) request.onCold?.();
    await pauses.next(error, readRetryAfter(response));
  }
}

async function send(
  settings: ExchangeSettings,
  request: ExchangeRequest,
  method: "GET" | "POST",
  url: string,
): Promise<Response> {
  const { limit, silenceMs } = request;
  limit.signal.throwIfAborted();
  if (silenceMs !== undefined) limit.expect(silenceMs);
  const foreign = new URL(url).origin !== new URL(request.url).origin;
  try {
    return await settings.fetch(url, {
      method,
      signal: limit.signal,
      // Browsers hide redirects from scripts, so the browser has to follow them.
      redirect: inBrowser() ? "follow" : "manual",
      headers: {
        accept: request.accept ?? "application/json",
        ...(method === "POST" ? { "content-type": "application/json" } : {}),
        ...(foreign ? {} : settings.headers),
      },
      ...(method === "POST" ? bodyOf(request.body ?? "") : {}),
    });
  } finally {
    if (silenceMs !== undefined) limit.hold();
  }
}

/**
 * When a kept-alive connection breaks, Deno resends the request, although the server may have started on it. It cannot do that
 * with a stream.
 */
function bodyOf(text: string): RequestInit {
  return "Deno" in globalThis ? { body: new Blob([text]).stream(), duplex: "half" } : { body: text };
}

function isRedirect(status: number): boolean {
  return status === 303 || status === 307 || status === 308 || status === 301 || status === 302;
}

async function targetOf(
  { maxRedirects, makeError }: ExchangeSettings,
  request: ExchangeRequest,
  response: Response,
  url: string,
  redirects: number,
): Promise<string> {
  await response.body?.cancel().catch(() => {});
  const { status } = response;
  if (redirects >= maxRedirects) {
    // Each 303 means that the result is still pending.
    const code = status === 303 ? "timeout" : "upstream_error";
    throw makeError(code, `Gave up after ${maxRedirects} redirects from ${request.url}.`);
  }
  const location = response.headers.get("location");
  if (location === null) throw makeError("upstream_error", `${url} redirects to nowhere.`);
  const target = new URL(location, url);
  if ((status === 301 || status === 302) && request.method === "POST") {
    throw makeError("upstream_error", `${url} has moved to ${target}: use that address.`, {
      retryable: false,
    });
  }
  request.onCold?.();
  return target.toString();
}

function inBrowser(): boolean {
  const scope = globalThis as { document?: unknown; importScripts?: unknown; Deno?: unknown };
  return (
    scope.document !== undefined || (typeof scope.importScripts === "function" && scope.Deno === undefined)
  );
}
