import { ClientError, errorFromAnswer } from "../errors.js";
import { connectionError, neverConnected } from "./failures.js";
import type { TimeLimit } from "./timeLimit.js";

export interface ExchangeSettings {
  fetch: typeof fetch;
  headers: Readonly<Record<string, string>>;
  /** Further tries after connections that could not be made. */
  connectRetries: number;
  /** The first pause before a further try; each next one is twice as long, up to `maxPauseMs`. */
  firstPauseMs: number;
  maxPauseMs: number;
  maxRedirects: number;
}

export interface ExchangeRequest {
  method: "GET" | "POST";
  url: string;
  body?: unknown;
  accept?: string;
  limit: TimeLimit;
  /** The server is starting: called for answers that say so. */
  onCold?: () => void;
  /** Statuses besides 2xx that are answers, not errors. */
  accepts?: readonly number[];
}

/**
 * One request and its answer. Tries again, within the time limit, only what cannot have generated: connections that were
 * never made, `503` and `429` (with `Retry-After` and jitter), and anything for a `GET`. Follows Modal's chain of `303`:
 * there the request is running already and each `GET` only waits for its result.
 */
export async function exchange(settings: ExchangeSettings, request: ExchangeRequest): Promise<Response> {
  const { limit } = request;
  let method = request.method;
  let url = request.url;
  let failures = 0;
  let pauses = 0;
  for (let redirects = 0; ; ) {
    let response: Response;
    try {
      response = await send(settings, request, method, url);
    } catch (thrown) {
      if (limit.signal.aborted) throw limit.signal.reason;
      const error = connectionError(thrown, url);
      const safe = method === "GET" || neverConnected(thrown);
      if (!safe || failures++ >= settings.connectRetries) throw error;
      await pauseOrThrow(settings, limit, pauses++, error);
      continue;
    }
    if (response.ok || request.accepts?.includes(response.status)) return response;
    if (isRedirect(response.status)) {
      if (redirects++ >= settings.maxRedirects) {
        await discard(response);
        throw new ClientError(
          "timeout",
          `Gave up after ${settings.maxRedirects} redirects from ${request.url}.`,
        );
      }
      request.onCold?.();
      url = await targetOf(response, url, method);
      if (response.status === 303) method = "GET";
      continue;
    }
    const error = errorFromAnswer(response, await readBody(response));
    if (response.status !== 503 && response.status !== 429) throw error;
    if (response.status === 503 && error.code !== "queue_full") request.onCold?.();
    await pauseOrThrow(settings, limit, pauses++, error);
  }
}

async function send(
  settings: ExchangeSettings,
  request: ExchangeRequest,
  method: "GET" | "POST",
  url: string,
): Promise<Response> {
  request.limit.signal.throwIfAborted();
  const foreign = new URL(url).origin !== new URL(request.url).origin;
  return await settings.fetch(url, {
    method,
    signal: request.limit.signal,
    // A browser hides redirects from scripts, so there it has to follow them itself.
    redirect: inBrowser() ? "follow" : "manual",
    headers: {
      accept: request.accept ?? "application/json",
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
      // Keys are for the server they were given for.
      ...(foreign ? {} : settings.headers),
    },
    ...(method === "POST" ? bodyOf(request.body) : {}),
  });
}

/**
 * Deno sends a request again by itself when a connection it kept breaks, after the server may have begun. It cannot do
 * that with a stream.
 */
function bodyOf(value: unknown): RequestInit {
  const text = JSON.stringify(value);
  return "Deno" in globalThis ? { body: new Blob([text]).stream(), duplex: "half" } : { body: text };
}

/** Waits before a further try, or throws `error` where the time left is too short for it. */
async function pauseOrThrow(
  settings: ExchangeSettings,
  limit: TimeLimit,
  pauses: number,
  error: ClientError,
): Promise<void> {
  const backOff = Math.min(settings.maxPauseMs, settings.firstPauseMs * 2 ** pauses);
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  // Up to a quarter more, so that clients that were refused together do not come back together.
  const pause = Math.max(backOff, asked) * (1 + Math.random() / 4);
  if (pause >= limit.remainingMs()) throw error;
  await limit.pause(pause);
}

function isRedirect(status: number): boolean {
  return status === 303 || status === 307 || status === 308 || status === 301 || status === 302;
}

async function targetOf(response: Response, url: string, method: string): Promise<string> {
  const location = response.headers.get("location");
  await discard(response);
  if (location === null) throw new ClientError("upstream_error", `${url} redirects to nowhere.`);
  const target = new URL(location, url);
  if ((response.status === 301 || response.status === 302) && method === "POST") {
    throw new ClientError("upstream_error", `${url} has moved to ${target}: use that as baseUrl.`, {
      retryable: false,
    });
  }
  return target.toString();
}

/** The JSON value of a body, or its text where it is no JSON. */
export async function readBody(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => "");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

function inBrowser(): boolean {
  const scope = globalThis as { document?: unknown; importScripts?: unknown; Deno?: unknown };
  return (
    scope.document !== undefined || (typeof scope.importScripts === "function" && scope.Deno === undefined)
  );
}
