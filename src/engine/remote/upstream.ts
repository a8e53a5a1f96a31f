import { FormworkError } from "../../errors.js";
import {
  connectionError,
  type ExchangeSettings,
  exchange,
  type MakeError,
  Pauses,
  parseBody,
  patientFetch,
  readEventStream,
  readRetryAfter,
  type ServerSentEvent,
  TimeLimit,
} from "../../http/index.js";
import { writeJson } from "../../json/index.js";
import type { RemoteTimeouts } from "./options.js";
import { readFailure } from "./protocols/openAi.js";
import type { UpstreamFailure } from "./protocols/protocol.js";

const MAX_PAUSE_MS = 10_000;
const MAX_REDIRECTS = 20;

const makeError: MakeError = (code, message, details) => new FormworkError(code, message, details);

/** The server rejected a request without processing it. */
export class UpstreamRefusal extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The HTTP side of one server. */
export class Upstream {
  /** Host and port, for messages. */
  readonly place: string;
  private readonly baseUrl: string;
  private readonly settings: ExchangeSettings;
  private readonly timeouts: RemoteTimeouts;

  constructor(baseUrl: string, headers: Record<string, string>, timeouts: RemoteTimeouts) {
    this.baseUrl = baseUrl;
    this.place = new URL(baseUrl).host;
    this.timeouts = timeouts;
    this.settings = {
      fetch: patientFetch(),
      headers,
      // While there is time.
      connectRetries: Number.POSITIVE_INFINITY,
      firstPauseMs: timeouts.firstPause,
      maxPauseMs: MAX_PAUSE_MS,
      maxRedirects: MAX_REDIRECTS,
      makeError,
    };
  }

  /** The limit of one request: its deadline in milliseconds, and signals that cancel it. */
  timeLimit(totalMs: number, signals: readonly (AbortSignal | undefined)[]): TimeLimit {
    return new TimeLimit({ totalMs, signals, place: this.place, makeError });
  }

  /** The pauses of one request to a server that is retried for `waitMs`. */
  pauses(limit: TimeLimit, waitMs: number): Pauses {
    return new Pauses(this.settings, limit, waitMs);
  }

  /**
   * Requests a stream of events. Failed connections, `503` and `429` are retried for `waitMs`; a request that may have generated something
   * is never sent twice. Throws `UpstreamRefusal` if the server rejects the request.
   */
  async *stream(
    path: string,
    body: unknown,
    limit: TimeLimit,
    waitMs: number,
  ): AsyncGenerator<ServerSentEvent> {
    const response = await this.exchange("POST", path, body, limit, waitMs);
    if (response.body === null) {
      throw new FormworkError("upstream_error", `${this.place} returned an empty answer.`);
    }
    try {
      limit.expect(this.firstSilence(waitMs));
      if (response.headers.get("content-type")?.startsWith("application/json")) {
        // A server that does not stream: the whole answer is one event.
        yield { event: "message", data: await response.text() };
        return;
      }
      for await (const event of readEventStream(response.body)) {
        limit.hold();
        yield event;
        limit.expect(this.timeouts.silence);
      }
    } catch (thrown) {
      throw this.brokenOff(thrown, limit);
    } finally {
      limit.hold();
    }
  }

  /** Requests a JSON value (or text) by `GET`, with the same rules. */
  async get(path: string, limit: TimeLimit, waitMs: number): Promise<unknown> {
    const response = await this.exchange("GET", path, undefined, limit, waitMs);
    try {
      return parseBody(await response.text());
    } catch (thrown) {
      throw this.brokenOff(thrown, limit);
    }
  }

  private exchange(
    method: "GET" | "POST",
    path: string,
    body: unknown,
    limit: TimeLimit,
    waitMs: number,
  ): Promise<Response> {
    return exchange(this.settings, {
      method,
      url: `${this.baseUrl}${path}`,
      body: body === undefined ? undefined : writeJson(body),
      accept: "text/event-stream, application/json",
      limit,
      pauses: this.pauses(limit, waitMs),
      silenceMs: this.firstSilence(waitMs),
      toError: (response, answer) => {
        const failure = readFailure(answer, response.status);
        return isUnavailable(response)
          ? unavailable(this.place, failure, readRetryAfter(response))
          : new UpstreamRefusal({ ...failure, status: response.status });
      },
    });
  }

  /** Before the first text, a server that may be starting gets the time for it. */
  private firstSilence(waitMs: number): number {
    return Math.max(this.timeouts.silence, waitMs);
  }

  private brokenOff(thrown: unknown, limit: TimeLimit): FormworkError {
    if (limit.signal.aborted) return limit.signal.reason as FormworkError;
    return connectionError(thrown, this.baseUrl, makeError);
  }
}

/** Whether the server may accept the same request later. */
export function isUnavailable({ status }: { status: number }): boolean {
  return status === 503 || status === 429;
}

export function unavailable(
  place: string,
  failure: UpstreamFailure,
  retryAfterSeconds?: number,
): FormworkError {
  const busy =
    failure.status === 429 || failure.code === "queue_full" || /queue is full/i.test(failure.message);
  return new FormworkError(
    busy ? "queue_full" : "engine_unavailable",
    `The server at ${place} is ${busy ? "busy" : "not ready"}${failure.message === "" ? "" : `: ${failure.message}`}`,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );
}
