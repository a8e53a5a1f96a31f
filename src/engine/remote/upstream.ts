import { FormworkError } from "../../errors.js";
import { readEventStream, type ServerSentEvent } from "../../http/index.js";
import type { UpstreamFailure } from "./dialects/dialect.js";
import { readFailure } from "./dialects/openAi.js";
import type { RemoteTimeouts } from "./options.js";
import type { Patience } from "./patience.js";

const LONGEST_PAUSE_MS = 10_000;
const MOST_REDIRECTS = 20;

/** Codes of connections that were never made: the server has seen nothing of the request. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The server has refused a request before it did anything for it. */
export class UpstreamRefusal extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The growing pauses before the further tries of one request. */
export class Pauses {
  private readonly patience: Patience;
  private readonly until: number;
  private nextMs: number;

  constructor(firstMs: number, patience: Patience, waitMs: number) {
    this.nextMs = firstMs;
    this.patience = patience;
    this.until = Date.now() + waitMs;
  }

  /** Resolves when it is time for a further try; throws `error` where that would be too late. */
  async next(error: FormworkError): Promise<void> {
    const asked = (error.retryAfterSeconds ?? 0) * 1000;
    const pause = Math.max(asked, Math.min(LONGEST_PAUSE_MS, this.nextMs)) * (1 + Math.random() / 4);
    this.nextMs *= 2;
    if (Date.now() + pause > this.until || pause > this.patience.remainingMs()) throw error;
    await this.patience.pause(pause);
  }
}

/** The HTTP side of one server: keys, further tries, redirects, errors. */
export class Upstream {
  /** Host and port, for messages. */
  readonly place: string;
  private readonly baseUrl: string;
  private readonly headers: Record<string, string>;
  private readonly timeouts: RemoteTimeouts;

  constructor(baseUrl: string, headers: Record<string, string>, timeouts: RemoteTimeouts) {
    this.baseUrl = baseUrl;
    this.place = new URL(baseUrl).host;
    this.headers = headers;
    this.timeouts = timeouts;
  }

  /**
   * Asks for a stream of events. Connections that cannot be made, `503` and `429` are waited out for `waitMs`; nothing that
   * may have generated is sent twice. Throws `UpstreamRefusal` for what the server says no to.
   */
  async *stream(
    path: string,
    body: unknown,
    patience: Patience,
    waitMs: number,
  ): AsyncGenerator<ServerSentEvent> {
    const response = await this.exchange("POST", path, body, patience, waitMs);
    if (response.body === null)
      throw new FormworkError("upstream_error", `${this.place} answered with nothing.`);
    try {
      patience.expect(this.longestSilence(waitMs), this.place);
      if (response.headers.get("content-type")?.startsWith("application/json")) {
        // A server that does not stream: all of it is one event.
        yield { event: "message", data: await response.text() };
        return;
      }
      for await (const event of readEventStream(response.body)) {
        patience.relax();
        yield event;
        patience.expect(this.timeouts.silence, this.place);
      }
    } catch (thrown) {
      throw this.connectionError(thrown, patience);
    } finally {
      patience.relax();
    }
  }

  /** A JSON value (or text) by `GET`; the same rules. */
  async get(path: string, patience: Patience, waitMs: number): Promise<unknown> {
    const response = await this.exchange("GET", path, undefined, patience, waitMs);
    try {
      return parsed(await response.text());
    } catch (thrown) {
      throw this.connectionError(thrown, patience);
    }
  }

  pauses(patience: Patience, waitMs: number): Pauses {
    return new Pauses(this.timeouts.firstPause, patience, waitMs);
  }

  private async exchange(
    firstMethod: "GET" | "POST",
    path: string,
    body: unknown,
    patience: Patience,
    waitMs: number,
  ): Promise<Response> {
    const pauses = this.pauses(patience, waitMs);
    let method = firstMethod;
    let url = `${this.baseUrl}${path}`;
    for (let redirects = 0; ; ) {
      let response: Response;
      try {
        patience.expect(this.longestSilence(waitMs), this.place);
        response = await this.send(method, url, body, patience);
      } catch (thrown) {
        const error = this.connectionError(thrown, patience);
        if (method === "POST" && error.code !== "engine_unavailable") throw error;
        await pauses.next(error);
        continue;
      }
      if (response.ok) return response;
      if ([303, 307, 308].includes(response.status)) {
        // A platform that answers 303 has the request under way: the GET waits for its result.
        const location = response.headers.get("location");
        await response.body?.cancel().catch(() => {});
        if (location === null || redirects++ >= MOST_REDIRECTS) {
          throw new FormworkError("upstream_error", `${this.place} redirects without an end.`);
        }
        url = new URL(location, url).toString();
        if (response.status === 303) method = "GET";
        continue;
      }
      const failure = readFailure(parsed(await response.text().catch(() => "")), response.status);
      if (!isUnavailable(response)) throw new UpstreamRefusal({ ...failure, status: response.status });
      await pauses.next(unavailable(this.place, failure, response.headers.get("retry-after")));
    }
  }

  /** Before the first word: a server that may be starting is given the time for it. */
  private longestSilence(waitMs: number): number {
    return Math.max(this.timeouts.silence, waitMs);
  }

  private async send(
    method: "GET" | "POST",
    url: string,
    body: unknown,
    patience: Patience,
  ): Promise<Response> {
    patience.signal.throwIfAborted();
    try {
      return await fetch(url, {
        method,
        redirect: "manual",
        signal: patience.signal,
        headers: {
          ...(method === "POST" ? { "content-type": "application/json" } : {}),
          ...(url.startsWith(`${this.baseUrl}/`) ? this.headers : {}),
        },
        ...(method === "POST" ? { body: JSON.stringify(body) } : {}),
      });
    } finally {
      patience.relax();
    }
  }

  private connectionError(thrown: unknown, patience: Patience): FormworkError {
    if (patience.signal.aborted) return patience.signal.reason as FormworkError;
    if (thrown instanceof FormworkError) return thrown;
    const { code, message } = innermost(thrown);
    return NEVER_CONNECTED.has(code)
      ? new FormworkError("engine_unavailable", `Cannot connect to ${this.place}: ${message}`, {
          cause: thrown,
          retryAfterSeconds: 5,
        })
      : new FormworkError("upstream_error", `The connection to ${this.place} broke: ${message}`, {
          cause: thrown,
        });
  }
}

/** Whether the server may take the same request a little later. */
export function isUnavailable({ status }: { status: number }): boolean {
  return status === 503 || status === 429;
}

export function unavailable(
  place: string,
  failure: UpstreamFailure,
  retryAfter: string | null = null,
): FormworkError {
  const seconds = Number(retryAfter ?? Number.NaN);
  const busy =
    failure.status === 429 || failure.code === "queue_full" || /queue is full/i.test(failure.message);
  return new FormworkError(
    busy ? "queue_full" : "engine_unavailable",
    `The server at ${place} is ${busy ? "busy" : "not ready"}${failure.message === "" ? "" : `: ${failure.message}`}`,
    { retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined },
  );
}

function innermost(thrown: unknown): { code: string; message: string } {
  let code = "";
  let message = String(thrown);
  for (let cause = thrown, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause.message !== "") message = cause.message;
    // Addresses tried one after the other: the last error speaks for all.
    const inner = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
    if (typeof inner?.code === "string") code = inner.code;
    if (inner !== cause && inner instanceof Error) message = inner.message;
  }
  return { code, message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
