import type { WireValues } from "../engine/request/index.js";
import { parseJson, toDocumentTexts, toJavaScript } from "../json/index.js";
import type { JsonValue, RequestTimings } from "../types.js";
import type { Answer, Client, DocumentStream, GenerateOptions } from "./client.js";
import type { CallOptions, Connection, ConnectionEvent, GenerateBody, ReceivedAnswer } from "./connection.js";
import { ClientError } from "./errors.js";
import { HttpConnection } from "./httpConnection.js";
import { PartialDocument } from "./partialDocument.js";
import type { Partially } from "./schema/infer.js";
import { type OutputOf, type PreparedSchema, prepareSchema, type SchemaInput } from "./schema/prepare.js";

/** Where the server is, and how to call it. */
export interface ClientOptions {
  /** `http://127.0.0.1:8080`, `https://name--app.modal.run`, ... */
  baseUrl: string;
  /** Sent as `Authorization: Bearer`. */
  apiKey?: string | undefined;
  /** The first half of a Modal proxy token, `wk-...`. */
  modalKey?: string | undefined;
  /** The second half, `ws-...`. */
  modalSecret?: string | undefined;
  /**
   * One conversation, sent as `Modal-Session-ID`: Modal, and a proxy that hashes the header, send its requests to the
   * replica that has read its beginning already.
   */
  sessionId?: string | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The whole address of `/health`, where another server answers it (on Modal, one that wakes no GPU). */
  healthUrl?: string | undefined;
  /** Limits other than the defaults. */
  timeouts?: Partial<ClientTimeouts> | undefined;
  /** Retries other than the defaults. */
  retries?: Partial<ClientRetries> | undefined;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Milliseconds. A whole answer must arrive within the limit; a stream must not fall silent for longer. */
export interface ClientTimeouts {
  /** While the model is not loaded, from the start of the call. Default 600,000. */
  cold: number;
  /** When it is. Default 30,000. */
  warm: number;
  /** `/health` and `/ready`. Default 10,000. */
  health: number;
}

/** How often a call is tried again where nothing can have been generated yet. */
export interface ClientRetries {
  /** Further tries after connections that could not be made. Default 3. */
  connect: number;
  /** Milliseconds before the first further try; then twice as long each time. Default 500. */
  firstPause: number;
  /** Milliseconds between two tries at most, unless `Retry-After` asks for more. Default 10,000. */
  maxPause: number;
  /** Redirects followed. Default 20, which on Modal is about 50 minutes. */
  redirects: number;
}

/** How long an answer proves the server warm: the shortest time after which a deployment scales down is 120 s. */
const WARMTH_MS = 60_000;

/** A client of the Formwork server at `baseUrl`. Nothing is sent yet. Throws `ClientError("wrong_usage")`. */
export function createClient(options: ClientOptions): Client {
  const baseUrl = normaliseUrl(options.baseUrl, "baseUrl");
  if ((options.modalKey === undefined) !== (options.modalSecret === undefined)) {
    throw new ClientError(
      "wrong_usage",
      "A Modal proxy token has two halves: pass modalKey and modalSecret.",
    );
  }
  return clientOver(
    new HttpConnection({
      baseUrl,
      healthUrl:
        options.healthUrl === undefined ? `${baseUrl}/health` : normaliseUrl(options.healthUrl, "healthUrl"),
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      headers: {
        ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        ...(options.modalKey === undefined ? {} : { "modal-key": options.modalKey }),
        ...(options.modalSecret === undefined ? {} : { "modal-secret": options.modalSecret }),
        ...(options.sessionId === undefined ? {} : { "modal-session-id": options.sessionId }),
        ...options.headers,
      },
      coldMs: options.timeouts?.cold ?? 600_000,
      warmMs: options.timeouts?.warm ?? 30_000,
      healthMs: options.timeouts?.health ?? 10_000,
      warmthMs: WARMTH_MS,
      connectRetries: options.retries?.connect ?? 3,
      firstPauseMs: options.retries?.firstPause ?? 500,
      maxPauseMs: options.retries?.maxPause ?? 10_000,
      maxRedirects: options.retries?.redirects ?? 20,
    }),
  );
}

/** A client that speaks through `connection`. */
export function clientOver(connection: Connection): Client {
  return {
    connection,
    async generate<const Schema extends SchemaInput>(
      options: GenerateOptions<Schema>,
    ): Promise<Answer<OutputOf<Schema>>> {
      const prepared = prepareSchema(options.schema);
      const answer = await connection.generate(toBody(options, prepared), callOptions(options));
      return await toAnswer<OutputOf<Schema>>(answer, prepared, options.bigints);
    },
    stream<const Schema extends SchemaInput>(
      options: GenerateOptions<Schema>,
    ): DocumentStream<OutputOf<Schema>> {
      const prepared = prepareSchema(options.schema);
      const events = connection.stream(toBody(options, prepared), callOptions(options));
      return new EventDocumentStream<OutputOf<Schema>>(events, prepared, options.bigints);
    },
    warmup: ({ wait = true, ...call } = {}) => connection.warmup(wait, call),
    health: (call = {}) => connection.health(call),
    ready: (call = {}) => connection.ready(call),
  };
}

class EventDocumentStream<Output> implements DocumentStream<Output> {
  private readonly events: AsyncIterable<ConnectionEvent>;
  private readonly prepared: PreparedSchema;
  private readonly bigints: boolean | undefined;
  private taken = false;
  private answer: Promise<Answer<Output>> | undefined;
  private readonly settled: PromiseWithResolvers<ReceivedAnswer>;

  constructor(
    events: AsyncIterable<ConnectionEvent>,
    prepared: PreparedSchema,
    bigints: boolean | undefined,
  ) {
    this.events = events;
    this.prepared = prepared;
    this.bigints = bigints;
    this.settled = withResolvers();
    // Whoever asks for `final` sees the error; whoever iterates has seen it already.
    this.settled.promise.catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Partially<Output>> {
    const document = new PartialDocument();
    for await (const text of this.text()) {
      document.push(text);
      const value = document.value();
      if (value !== undefined) yield value as Partially<Output>;
    }
  }

  async *text(): AsyncGenerator<string> {
    if (this.taken) throw new ClientError("wrong_usage", "A stream can be read once: keep what it gave.");
    this.taken = true;
    let finished = false;
    try {
      for await (const event of this.events) {
        if (event.type === "delta") yield event.text;
        else if (event.type === "finish") {
          finished = true;
          this.settled.resolve(event.answer);
        }
      }
    } catch (thrown) {
      this.settled.reject(thrown);
      throw thrown;
    } finally {
      if (!finished) this.settled.reject(new ClientError("cancelled", "The stream was left before its end."));
    }
  }

  final(): Promise<Answer<Output>> {
    this.answer ??= this.readFinal();
    return this.answer;
  }

  private async readFinal(): Promise<Answer<Output>> {
    if (!this.taken) {
      for await (const _ of this.text());
    }
    return await toAnswer<Output>(await this.settled.promise, this.prepared, this.bigints);
  }
}

function toBody(options: GenerateOptions, prepared: PreparedSchema): GenerateBody {
  const {
    prompt,
    schema: _schema,
    system,
    documents,
    bigints: _bigints,
    signal: _signal,
    timeoutMs: _timeoutMs,
    ...settings
  } = options;
  return {
    prompt,
    schema: prepared.schema,
    ...(documents === undefined ? {} : { documents: toDocumentTexts(documents) }),
    ...(system === undefined ? {} : { system }),
    ...toWireNames(settings),
  };
}

/** Settings by their names on the wire, which are those of the options in snake case; `reasoning` holds further ones. */
function toWireNames(settings: Readonly<Record<string, unknown>>): WireValues {
  const members = Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      name === "reasoning" ? toWireNames(value as Record<string, unknown>) : value,
    ]);
  return Object.fromEntries(members);
}

function callOptions(options: CallOptions): CallOptions {
  return { signal: options.signal, timeoutMs: options.timeoutMs };
}

async function toAnswer<Output>(
  answer: ReceivedAnswer,
  prepared: PreparedSchema,
  bigints = false,
): Promise<Answer<Output>> {
  const output = bigints ? toJavaScript(parseJson(answer.text), { bigints }) : JSON.parse(answer.text);
  return {
    output: (await prepared.finish(output as JsonValue)) as Output,
    text: answer.text,
    finishReason: answer.finish_reason,
    usage: {
      promptTokens: answer.usage.prompt_tokens,
      cachedTokens: answer.usage.cached_tokens,
      completionTokens: answer.usage.completion_tokens,
      forcedTokens: answer.usage.forced_tokens,
    },
    model: answer.model,
    requestId: answer.request_id,
    generationTimeMs: answer.generation_time_ms,
    timings: toTimings(answer),
  };
}

function toTimings({ timings, generation_time_ms }: ReceivedAnswer): RequestTimings | undefined {
  if (timings === undefined) return undefined;
  return {
    queueMs: timings.queue_ms,
    compileMs: timings.compile_ms,
    prefillMs: timings.prefill_ms,
    firstTokenMs: timings.first_token_ms,
    decodeMs: timings.decode_ms,
    totalMs: generation_time_ms,
  };
}

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<Value>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { promise, resolve, reject };
}

function normaliseUrl(url: string, name: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new ClientError("wrong_usage", `${name} is no URL: ${url}`, { cause });
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new ClientError("wrong_usage", `${name} must start with http:// or https://: ${url}`);
  }
  return url.replace(/\/+$/, "");
}
