import type { WireValues } from "../engine/request/index.js";
import type { FinishReason, JsonValue, SchemaText, Tool, ToolCall } from "../types.js";

/** What `POST /generate` takes. Schemas are texts, which go over the wire as the JSON they are. */
export interface GenerateBody extends Omit<WireValues, "documents"> {
  /** The user's message. */
  prompt?: string;
  /** The conversation, in the form of OpenAI's chat. */
  messages?: readonly Readonly<Record<string, unknown>>[];
  /** What the document must be valid against. */
  schema?: SchemaText;
  /** A pattern that the whole text matches. */
  regex?: string;
  /** Texts of which the answer is one. */
  choice?: readonly string[];
  /** Functions that the model may call. None at all: the answer is text. */
  tools?: readonly Tool[];
  /** Whether tools are called, or which one. */
  tool_choice?: string | { name: string };
  /** Whether one answer may hold several calls. */
  parallel_tool_calls?: boolean;
  /** What the schema's references may name, by absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
  /** A system message. */
  system?: string;
}

/** What `POST /generate` answers, and what the `finish` event of its stream carries. */
export interface AnswerBody {
  /** The document; text where no JSON was asked for. */
  output: JsonValue;
  /** Completion tokens. */
  tokens_used: number;
  /** Milliseconds from arrival to the end of the document. */
  generation_time_ms: number;
  /** Why generation ended. */
  finish_reason: FinishReason;
  /**
   * Token counts: `cached_tokens` of the prompt were in the KV cache, `forced_tokens` of the document followed from
   * the schema.
   */
  usage: {
    prompt_tokens: number;
    cached_tokens: number;
    completion_tokens: number;
    forced_tokens: number;
    /** Of the reasoning before the answer, where there was one. */
    reasoning_tokens?: number;
  };
  /** Where the time went, in milliseconds. Not every server says. */
  timings?: {
    queue_ms: number;
    compile_ms: number;
    prefill_ms: number;
    first_token_ms: number;
    decode_ms: number;
  };
  /** The model that answered. */
  model: string;
  /** The server's name for the request, as in its log. */
  request_id: string;
  /** The calls of tools, where there are any. */
  tool_calls?: readonly { id: string; name: string; arguments: JsonValue }[];
  /** What the model thought before it answered. */
  reasoning?: string;
}

/** An answer as a connection hands it on: JSON by its text, which keeps every digit and the order of names. */
export interface ReceivedAnswer extends Omit<AnswerBody, "output" | "tool_calls"> {
  /** The JSON text of `output`. */
  text: string;
  /** The calls of tools; arguments are JSON text. */
  tool_calls?: readonly ToolCall[];
}

/** A piece of an answer; calls come in order, one after the other. */
export type AnswerPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "toolCall"; index: number; id: string; name: string }
  | { type: "toolArguments"; index: number; text: string };

/** The events of a streamed answer: one `start`, any number of parts, one `finish`. Errors are thrown. */
export type ConnectionEvent = { type: "start" } | AnswerPart | { type: "finish"; answer: ReceivedAnswer };

/** `GET /health`. Never loads a model. */
export interface Health {
  /** `healthy` while the server runs, whatever its engine does. */
  status: string;
  /** What the engine is doing. */
  engine: "idle" | "loading" | "ready" | "failed";
  /** The engine's model. */
  model: string;
  /** Whether the model is in memory. */
  model_loaded: boolean;
  /** The server's version of Formwork. */
  version: string;
  /** What the engine is doing while it loads, where the server reports it. */
  stage?: string;
  /** Share of the stage that is done, 0 ... 1. */
  progress?: number;
  /** Why the engine failed, where it did. */
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
  /** `warming`: the server took the wish and does not wait. */
  status: "warm" | "warming";
  /** Whether the model is in memory. */
  model_loaded: boolean;
  /** Whether a warm-up inference has finished. */
  ready_for_requests: boolean;
  /** The engine's model, where the server names it. */
  model?: string;
  /** Milliseconds the load took; 0 when it was warm already. */
  load_ms?: number;
}

/** How long one call may take, and how to end it early. */
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
  /** `POST /generate`, answered as a whole. */
  generate(body: GenerateBody, call: CallOptions): Promise<ReceivedAnswer>;
  /** `POST /generate`, answered while the document is being written. */
  stream(body: GenerateBody, call: CallOptions): AsyncIterable<ConnectionEvent>;
  /** `GET /health`. */
  health(call: CallOptions): Promise<Health>;
  /** `GET /ready`. */
  ready(call: CallOptions): Promise<Readiness>;
  /** With `wait` false the server starts to load and answers at once. */
  warmup(wait: boolean, call: CallOptions): Promise<Warmup>;
}
