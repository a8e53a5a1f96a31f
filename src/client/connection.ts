import type { WireValues } from "../engine/request/index.js";
import type { FinishReason, JsonValue, SchemaText, Tool, ToolCall } from "../types.js";

/** The body of `POST /generate`. Schemas are JSON texts and are sent as JSON. */
export interface GenerateBody extends Omit<WireValues, "documents"> {
  /** The user's message. */
  prompt?: string;
  /** The conversation, in the format of OpenAI's chat API. */
  messages?: readonly Readonly<Record<string, unknown>>[];
  /** What the document must be valid against. */
  schema?: SchemaText;
  /** A pattern that the text must fully match. */
  regex?: string;
  /** The permitted answers. */
  choice?: readonly string[];
  /** Functions that the model may call; an empty list requests text. */
  tools?: readonly Tool[];
  /** Whether the model has to call a tool, or which one. */
  tool_choice?: string | { name: string };
  /** Whether an answer may contain several calls. */
  parallel_tool_calls?: boolean;
  /** Documents that the schema refers to, by absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
  /** A system message. */
  system?: string;
}

/** The answer of `POST /generate`, and the data of its `finish` event. */
export interface AnswerBody {
  /** The document, or text if no JSON was requested. */
  output: JsonValue;
  /** Completion tokens. */
  tokens_used: number;
  /** Milliseconds from arrival to the end of the document. */
  generation_time_ms: number;
  /** Why generation ended. */
  finish_reason: FinishReason;
  /**
   * Token counts: `cached_tokens` of the prompt were in the KV cache, `forced_tokens` of the answer were the only ones that the
   * schema permitted.
   */
  usage: {
    prompt_tokens: number;
    cached_tokens: number;
    completion_tokens: number;
    forced_tokens: number;
    /** Tokens of the reasoning before the answer, if any. */
    reasoning_tokens?: number;
  };
  /** Times of the stages in milliseconds, if the server reports them. */
  timings?: {
    queue_ms: number;
    compile_ms: number;
    prefill_ms: number;
    first_token_ms: number;
    decode_ms: number;
  };
  /** The model that answered. */
  model: string;
  /** The request id, as in the server's log. */
  request_id: string;
  /** Tool calls, if any. */
  tool_calls?: readonly { id: string; name: string; arguments: JsonValue }[];
  /** The reasoning before the answer. */
  reasoning?: string;
}

/** An answer as a connection returns it: JSON stays text, which preserves every digit and the order of names. */
export interface ReceivedAnswer extends Omit<AnswerBody, "output" | "tool_calls"> {
  /** The JSON text of `output`. */
  text: string;
  /** Tool calls; arguments are JSON text. */
  tool_calls?: readonly ToolCall[];
}

/** A piece of an answer. Calls come one after the other, in order. */
export type AnswerPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "toolCall"; index: number; id: string; name: string }
  | { type: "toolArguments"; index: number; text: string };

/** The events of a streamed answer: one `start`, any number of parts, one `finish`. Errors are thrown. */
export type ConnectionEvent = { type: "start" } | AnswerPart | { type: "finish"; answer: ReceivedAnswer };

/** `GET /health`. Never loads a model. */
export interface Health {
  /** `healthy` while the server runs, regardless of its engine. */
  status: string;
  /** The engine's state. */
  engine: "idle" | "loading" | "ready" | "failed";
  /** The engine's model. */
  model: string;
  /** Whether the model is in memory. */
  model_loaded: boolean;
  /** The server's version of Formwork. */
  version: string;
  /** The stage of loading, if the server reports it. */
  stage?: string;
  /** Progress of the stage, 0 to 1. */
  progress?: number;
  /** Why the engine failed, if it did. */
  error?: string;
}

/** `GET /ready`. */
export interface Readiness {
  /** Whether a warm-up inference has finished. */
  ready: boolean;
  /** When to ask again, in seconds; only while not ready. */
  retryAfterSeconds?: number;
}

/** `GET /warmup`. */
export interface Warmup {
  /** `warming`: loading has started, and the server does not wait for it. */
  status: "warm" | "warming";
  /** Whether the model is in memory. */
  model_loaded: boolean;
  /** Whether a warm-up inference has finished. */
  ready_for_requests: boolean;
  /** The engine's model, if the server reports it. */
  model?: string;
  /** Time of loading in milliseconds; 0 if the model was already loaded. */
  load_ms?: number;
}

/** Limits of one call. */
export interface CallOptions {
  /** Cancels the call, on the server as well. */
  signal?: AbortSignal | undefined;
  /** Milliseconds this call may take; overrides the client's limits. */
  timeoutMs?: number | undefined;
}

/**
 * The transport of a client: HTTP, a recorder around another connection, or a recording. It handles the wire format, not the
 * caller's types. Its methods only throw `ClientError`.
 */
export interface Connection {
  /** `POST /generate`, whole. */
  generate(body: GenerateBody, call: CallOptions): Promise<ReceivedAnswer>;
  /** `POST /generate`, streamed. */
  stream(body: GenerateBody, call: CallOptions): AsyncIterable<ConnectionEvent>;
  /** `GET /health`. */
  health(call: CallOptions): Promise<Health>;
  /** `GET /ready`. */
  ready(call: CallOptions): Promise<Readiness>;
  /** With `wait: false`, the server starts loading and answers immediately. */
  warmup(wait: boolean, call: CallOptions): Promise<Warmup>;
}
