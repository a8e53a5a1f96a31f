import type { RequestValues } from "../engine/request/index.js";
import type {
  ChatMessage,
  FinishReason,
  JsonSchema,
  RequestTimings,
  SchemaText,
  ToolCall,
  Usage,
} from "../types.js";
import type { AnswerPart, CallOptions, Connection, Health, Readiness, Warmup } from "./connection.js";
import type { Partially } from "./schema/infer.js";
import type { OutputOf, SchemaInput } from "./schema/prepare.js";

/** Talks to one Formwork server. Every error is a `ClientError`. */
export interface Client {
  /**
   * Generates one valid document. `output` is typed from the schema: a JSON Schema literal, a Zod 4 or other Standard Schema
   * (whose checks and transformations run on the document), or `{ schema, validate }`. A schema may also be given as JSON text,
   * which preserves long numbers and the order of integer-like names.
   */
  generate<const Schema extends SchemaInput>(
    options: GenerateOptions<Schema>,
  ): Promise<Answer<OutputOf<Schema>>>;

  /** Streams the document while it is generated. Leaving the loop early cancels the request on the server. */
  stream<const Schema extends SchemaInput>(
    options: GenerateOptions<Schema>,
  ): DocumentStream<OutputOf<Schema>>;

  /**
   * Generates what the options request: text, tool calls, reasoning, a document, text that matches a pattern, or one of
   * several texts. The arguments of a call are valid against the tool's schema.
   */
  chat<const Schema extends SchemaInput | undefined = undefined>(
    options: ChatOptions<Schema>,
  ): Promise<ChatAnswer<ChatOutputOf<Schema>>>;

  /** Streams the same answer while it is generated. Leaving the loop early cancels the request on the server. */
  streamChat<const Schema extends SchemaInput | undefined = undefined>(
    options: ChatOptions<Schema>,
  ): ChatStream<ChatOutputOf<Schema>>;

  /** Loads the model if needed. Resolves when it is warm; with `wait: false`, as soon as loading has started. */
  warmup(options?: CallOptions & { wait?: boolean }): Promise<Warmup>;

  /** The server's state. Never loads a model. */
  health(options?: CallOptions): Promise<Health>;

  /** Whether a real warm-up inference has finished. */
  ready(options?: CallOptions): Promise<Readiness>;

  /** The connection that the client uses. `record` wraps it. */
  readonly connection: Connection;
}

/** Settings have the names, ranges and defaults of the server's table of request fields. */
export interface ConversationOptions extends CallOptions, Omit<RequestValues, "documents"> {
  /** The user's message. */
  prompt?: string | undefined;
  /** The conversation so far, in place of `prompt`. */
  messages?: readonly Message[] | undefined;
  /** A system message. */
  system?: string | undefined;
  /** Documents that schemas refer to, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | SchemaText>> | undefined;
  /** Whether integers that a double would round are bigints in `output`. Default false. */
  bigints?: boolean | undefined;
}

/** A request for one document. */
export interface GenerateOptions<Schema extends SchemaInput = SchemaInput> extends ConversationOptions {
  /** What the document must be valid against. */
  schema: Schema;
}

/** With neither `schema`, `regex` nor `choice` the answer is text. */
export interface ChatOptions<Schema extends SchemaInput | undefined = SchemaInput | undefined>
  extends ConversationOptions {
  /** What the document must be valid against. */
  schema?: Schema;
  /** An ECMA-262 pattern that the text must fully match. */
  regex?: string | undefined;
  /** The permitted answers. */
  choice?: readonly string[] | undefined;
  /** Functions that the model may call. */
  tools?: readonly ToolDefinition[] | undefined;
  /** `auto` (default): the model decides. `required`: at least one call. A name: a call of that tool. */
  toolChoice?: "auto" | "none" | "required" | { name: string } | undefined;
  /** Whether an answer may contain several calls. Default true. */
  parallelToolCalls?: boolean | undefined;
}

/** A message of a conversation. An assistant's may contain calls; a tool's names the call it answers. */
export type Message = Omit<ChatMessage, "content"> & { content?: string | undefined };

/** A function that the model may call. */
export interface ToolDefinition {
  /** The name that the model uses. */
  name: string;
  /** What the function does, for the model. */
  description?: string | undefined;
  /** Schema of the arguments: JSON Schema, its text, or a Standard Schema that converts to JSON Schema. Default: no arguments. */
  parameters?: SchemaInput | undefined;
}

/** A generated document, with usage and timings. */
export interface Answer<Output> {
  /** The document, typed from the schema. */
  output: Output;
  /** The document as generated, with every digit and the order of its members. */
  text: string;
  /** Why generation ended. */
  finishReason: FinishReason;
  /** Tokens of the prompt and of the document. */
  usage: Usage;
  /** The model that answered. */
  model: string;
  /** The request id, as in the server's log. */
  requestId: string;
  /** Milliseconds the server took. */
  generationTimeMs: number;
  /** Times of the stages, if the server reports them. */
  timings: RequestTimings | undefined;
}

/** An answer of text, calls or a document. */
export interface ChatAnswer<Output> extends Answer<Output> {
  /** The answer's text outside of calls; for a document, its JSON text. */
  text: string;
  /** Tool calls; empty if there are none. Arguments are JSON text. */
  toolCalls: readonly ToolCall[];
  /** The reasoning before the answer. */
  reasoning: string | undefined;
}

/** The requested document; undefined if none was requested, or tools were called instead. */
export type ChatOutputOf<Schema> = Schema extends SchemaInput ? OutputOf<Schema> | undefined : undefined;

/** The parts of an answer as they arrive; can be iterated once. `final()` returns the whole answer, reading the stream itself if it is not iterated. */
export interface ChatStream<Output> extends AsyncIterable<AnswerPart> {
  /** Resolves to the whole answer. */
  final(): Promise<ChatAnswer<Output>>;
}

/**
 * A growing document. Iterate it once for partial values (which later steps do not modify; strings may be incomplete, incomplete
 * numbers are left out), or iterate `text()` for the raw pieces. `final()` returns the whole answer, reading the stream
 * itself if it is not iterated.
 */
export interface DocumentStream<Output> extends AsyncIterable<Partially<Output>> {
  /** The raw text of the document, piece by piece. */
  text(): AsyncIterable<string>;
  /** Resolves to the whole answer when the document is complete and valid. */
  final(): Promise<Answer<Output>>;
}
