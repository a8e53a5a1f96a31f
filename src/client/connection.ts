import type { WireValues } from "../engine/request/index.js";
import type { FinishReason, JsonValue, SchemaText } from "../types.js";

/** What `POST /generate` takes. Schemas are texts, which go over the wire as the JSON they are. */
export interface GenerateBody extends Omit<WireValues, "documents"> {
  prompt: string;
  schema: SchemaText;
  /** What the schema's references may name, by absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
  system?: string;
}

/** What `POST /generate` answers, and what the `finish` event of its stream carries. */
export interface AnswerBody {
  output: JsonValue;
  tokens_used: number;
  generation_time_ms: number;
  finish_reason: FinishReason;
  usage: {
    prompt_tokens: number;
    cached_tokens: number;
    completion_tokens: number;
    forced_tokens: number;
  };
  /** Where the time went, in milliseconds. Not every server says. */
  timings?: {
    queue_ms: number;
    compile_ms: number;
    prefill_ms: number;
    first_token_ms: number;
    decode_ms: number;
  };
  model: string;
  request_id: string;
}

/** An answer as a connection hands it on: the document by its text, which keeps every digit and the order of names. */
export interface ReceivedAnswer extends Omit<AnswerBody, "output"> {
  text: string;
}

/** The events of a streamed answer: one `start`, any number of `delta`, one `finish`. Errors are thrown. */
export type ConnectionEvent =
  | { type: "start" }
  | { type: "delta"; text: string }
  | { type: "finish"; answer: ReceivedAnswer };

/** `GET /health`. Never loads a model. */
export interface Health {
  status: string;
  engine: "idle" | "loading" | "ready" | "failed";
  model: string;
  model_loaded: boolean;
  version: string;
  /** What the engine is doing while it loads, where the server tells. */
  stage?: string;
  /** Share of the stage that is done, 0 ... 1. */
  progress?: number;
  error?: string;
}

/** `GET /ready`. */
export interface Readiness {
  ready: boolean;
  /** When to ask again, in seconds; only while not ready. */
  retryAfterSeconds?: number;
}

/** `GET /warmup`. */
export interface Warmup {
  /** `warming`: the server took the wish and does not wait. */
  status: "warm" | "warming";
  model_loaded: boolean;
  ready_for_requests: boolean;
  model?: string;
  /** Milliseconds the load took; 0 when it was warm already. */
  load_ms?: number;
}

export interface CallOptions {
  /** Ends the call; the server notices that the connection has closed. */
  signal?: AbortSignal | undefined;
  /** Milliseconds this call may take, in place of the client's own limits. */
  timeoutMs?: number | undefined;
}

/**
 * What a client speaks through: HTTP, a recorder around another connection, or a recording. Knows the wire, not the
 * caller's types. Every method throws `ClientError` only.
 */
export interface Connection {
  generate(body: GenerateBody, call: CallOptions): Promise<ReceivedAnswer>;
  stream(body: GenerateBody, call: CallOptions): AsyncIterable<ConnectionEvent>;
  health(call: CallOptions): Promise<Health>;
  ready(call: CallOptions): Promise<Readiness>;
  /** With `wait` false the server starts to load and answers at once. */
  warmup(wait: boolean, call: CallOptions): Promise<Warmup>;
}
