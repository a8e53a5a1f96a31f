import {
  connectionError,
  type ExchangeRequest,
  type ExchangeSettings,
  exchange,
  type MakeError,
  parseBody,
  readErrorBody,
  readEventStream,
  TimeLimit,
} from "../http/index.js";
import { isRecord, writeJson } from "../json/index.js";
import type {
  AnswerPart,
  CallOptions,
  Connection,
  ConnectionEvent,
  GenerateBody,
  Health,
  Readiness,
  ReceivedAnswer,
  Warmup,
} from "./connection.js";
import { ClientError, errorFromAnswer, errorFromBody } from "./errors.js";
import { answerFromWire, toWire } from "./wire.js";

export interface HttpSettings extends Omit<ExchangeSettings, "makeError"> {
  baseUrl: string;
  /** URL of `/health`, if another server answers it. */
  healthUrl: string;
  /** Limits in milliseconds: while the model is cold, while it is warm, and for `/health` and `/ready`. */
  coldMs: number;
  warmMs: number;
  healthMs: number;
  /** How long the server is considered warm after an answer or a ready `/health`, in milliseconds. */
  warmthMs: number;
}

type Warmth = "warm" | "cold" | "unknown";

/** A Formwork server over HTTP. */
export class HttpConnection implements Connection {
  private readonly settings: HttpSettings & ExchangeSettings;
  private warmUntil = 0;

  constructor(settings: HttpSettings) {
    this.settings = { ...settings, makeError };
  }

  async generate(body: GenerateBody, call: CallOptions): Promise<ReceivedAnswer> {
    const limit = await this.limitFor(call);
    try {
      const response = await this.post(toWire(body), limit, "application/json");
      const text = await this.readText(response, limit);
      const answer = answerFromWire(text);
      if (answer === undefined) throw notFormwork(response, parseBody(text));
      this.markWarm();
      return answer;
    } finally {
      limit.close();
    }
  }

  async *stream(body: GenerateBody, call: CallOptions): AsyncGenerator<ConnectionEvent> {
    const limit = await this.limitFor(call);
    try {
      const response = await this.post({ ...toWire(body), stream: true }, limit, "text/event-stream");
      if (response.body === null || !response.headers.get("content-type")?.includes("text/event-stream")) {
        throw notFormwork(response, await readErrorBody(response));
      }
      const requestId = response.headers.get("x-request-id") ?? undefined;
      const events = readEventStream(response.body);
      try {
        for await (const { event, data } of events) {
          limit.hold();
          if (event === "error") throw errorFromBody(parseEvent(data), requestId);
          if (event === "start") yield { type: "start" };
          else if (Object.hasOwn(PARTS, event)) yield PARTS[event](parseEvent(data));
          else if (event === "finish") {
            const answer = answerFromWire(data);
            if (answer === undefined) throw notFormwork(response, parseEvent(data));
            this.markWarm();
            yield { type: "finish", answer };
            return;
          }
          limit.touch();
        }
      } catch (thrown) {
        throw this.broken(thrown, limit);
      }
      throw new ClientError(
        "upstream_error",
        "The stream ended in the middle of the document: the server or a proxy closed it.",
        { requestId },
      );
    } finally {
      limit.close();
    }
  }

  async health(call: CallOptions): Promise<Health> {
    const { value } = await this.get(this.settings.healthUrl, call, this.settings.healthMs, {});
    if (!isRecord(value) || typeof value.status !== "string")
      throw notFormworkAt(this.settings.healthUrl, value);
    return value as unknown as Health;
  }

  async ready(call: CallOptions): Promise<Readiness> {
    const url = `${this.settings.baseUrl}/ready`;
    const { response, value } = await this.get(url, call, this.settings.healthMs, { accepts: [503] });
    if (response.ok) return { ready: true };
    const { retryAfterSeconds } = errorFromAnswer(response, value);
    return { ready: false, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  }

  async warmup(wait: boolean, call: CallOptions): Promise<Warmup> {
    const url = `${this.settings.baseUrl}/warmup${wait ? "" : "?wait=false"}`;
    const { value } = await this.get(url, call, this.settings.coldMs, {});
    if (!isRecord(value) || typeof value.status !== "string") throw notFormworkAt(url, value);
    if (value.status === "warm") this.markWarm();
    return value as unknown as Warmup;
  }

  /**
   * The time limit of a generation: long while the server is cold, short while it is warm. A cold server is warmed up first with a
   * `GET`, which can be repeated whenever a proxy cuts it off. The `POST`, which cannot be repeated, then meets a warm server.
   */
  private async limitFor(call: CallOptions): Promise<TimeLimit> {
    if (call.timeoutMs !== undefined) return this.timeLimit(call.timeoutMs, call);
    let warmth = await this.warmth(call);
    if (warmth === "cold") {
      try {
        await this.warmup(true, call);
        warmth = "warm";
      } catch (thrown) {
        // Without that route, the request itself warms up the deployment.
        const { code } = thrown as ClientError;
        if (code !== "not_found" && code !== "method_not_allowed") throw thrown;
      }
    }
    const { warmMs, coldMs } = this.settings;
    return this.timeLimit(warmth === "warm" ? warmMs : coldMs, call, async () => {
      // The server may have scaled down: the wait was then a cold start, not a failure.
      this.warmUntil = 0;
      return (await this.warmth({})) === "cold" ? coldMs : undefined;
    });
  }

  private timeLimit(
    silenceMs: number,
    { signal }: CallOptions,
    extend?: () => Promise<number | undefined>,
  ): TimeLimit {
    return new TimeLimit({ silenceMs, signals: [signal], extend, place: this.settings.baseUrl, makeError });
  }

  private async warmth(call: CallOptions): Promise<Warmth> {
    if (Date.now() < this.warmUntil) return "warm";
    try {
      const health = await this.health({ signal: call.signal });
      if (health.engine === "ready") this.markWarm();
      if (health.engine === "ready") return "warm";
      return health.engine === "idle" || health.engine === "loading" ? "cold" : "unknown";
    } catch (thrown) {
      if (call.signal?.aborted) throw thrown;
      return "unknown";
    }
  }

  private markWarm(): void {
    this.warmUntil = Date.now() + this.settings.warmthMs;
  }

  private post(body: Record<string, unknown>, limit: TimeLimit, accept: string): Promise<Response> {
    return exchange(this.settings, {
      method: "POST",
      url: `${this.settings.baseUrl}/generate`,
      body: writeJson(body),
      accept,
      limit,
      toError: errorFromAnswer,
      onCold: () => {
        this.warmUntil = 0;
        limit.raiseTo(this.settings.coldMs);
      },
    });
  }

  private async get(
    url: string,
    call: CallOptions,
    limitMs: number,
    extra: Partial<ExchangeRequest>,
  ): Promise<{ response: Response; value: unknown }> {
    const limit = this.timeLimit(call.timeoutMs ?? limitMs, call);
    try {
      const response = await exchange(this.settings, {
        method: "GET",
        url,
        limit,
        toError: errorFromAnswer,
        ...extra,
      });
      return { response, value: parseBody(await this.readText(response, limit)) };
    } finally {
      limit.close();
    }
  }

  private async readText(response: Response, limit: TimeLimit): Promise<string> {
    try {
      return await response.text();
    } catch (thrown) {
      throw this.broken(thrown, limit);
    }
  }

  /** Why an answer was interrupted: the call was cancelled, or the connection closed. */
  private broken(thrown: unknown, { signal }: TimeLimit): unknown {
    return signal.aborted ? signal.reason : connectionError(thrown, this.settings.baseUrl, makeError);
  }
}

const makeError: MakeError = (code, message, details) => new ClientError(code, message, details);

function parseEvent(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new ClientError(
      "upstream_error",
      `The stream holds something that is not JSON: ${data.slice(0, 200)}`,
      {
        cause,
      },
    );
  }
}

/** Readers of events, by event name. */
const PARTS: Readonly<Record<string, (value: unknown) => AnswerPart>> = {
  delta: (value) => ({ type: "text", text: textOf(value, "text") }),
  reasoning: (value) => ({ type: "reasoning", text: textOf(value, "text") }),
  tool_call: (value) => ({
    type: "toolCall",
    index: callOf(value),
    id: textOf(value, "id"),
    name: textOf(value, "name"),
  }),
  tool_arguments: (value) => ({ type: "toolArguments", index: callOf(value), text: textOf(value, "text") }),
};

function textOf(value: unknown, member: string): string {
  return isRecord(value) && typeof value[member] === "string" ? value[member] : "";
}

function callOf(value: unknown): number {
  return isRecord(value) && typeof value.call === "number" ? value.call : 0;
}

/** For a success without an answer: an older server reports errors with status 200, or the URL is that of another service. */
function notFormwork(response: Response, value: unknown): ClientError {
  if (isRecord(value) && typeof value.error === "string") return errorFromAnswer(response, value);
  return notFormworkAt(response.url, value);
}

function notFormworkAt(url: string, value: unknown): ClientError {
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return new ClientError(
    "upstream_error",
    `${url} does not answer as a Formwork server does: ${said.slice(0, 200)}`,
    {
      retryable: false,
    },
  );
}
