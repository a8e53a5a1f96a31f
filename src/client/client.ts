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
   * One valid document. `output` is typed from the schema: a JSON Schema literal, a Zod 4 or other Standard Schema
   * (whose checks and transformations run on the document), or `{ schema, validate }`. A schema may also be its JSON
   * text, which keeps long numbers and the order of whole-number names.
   */
  generate<const Schema extends SchemaInput>(
    options: GenerateOptions<Schema>,
  ): Promise<Answer<OutputOf<Schema>>>;

  /** The same document while it is being written. Leaving the loop early ends the request on the server. */
  stream<const Schema extends SchemaInput>(
    options: GenerateOptions<Schema>,
  ): DocumentStream<OutputOf<Schema>>;

  /**
   * Text, calls of tools, reasoning, a document, or text that follows a pattern or is one of several: what the options ask
   * for. Arguments of calls are valid against each tool's schema.
   */
  chat<const Schema extends SchemaInput | undefined = undefined>(
    options: ChatOptions<Schema>,
  ): Promise<ChatAnswer<ChatOutputOf<Schema>>>;

  /** The same while it is being written. Leaving the loop early ends the request on the server. */
  streamChat<const Schema extends SchemaInput | undefined = undefined>(
    options: ChatOptions<Schema>,
  ): ChatStream<ChatOutputOf<Schema>>;

  /** Loads the model if needed. Resolves when it is warm; with `wait: false` once the server has begun. */
  warmup(options?: CallOptions & { wait?: boolean }): Promise<Warmup>;

  /** What the server knows of itself. Never loads a model. */
  health(options?: CallOptions): Promise<Health>;

  /** Whether a real warm-up inference has finished. */
  ready(options?: CallOptions): Promise<Readiness>;

  /** What the client speaks through. `record` wraps it. */
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
  /** What references in schemas may name, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | SchemaText>> | undefined;
  /** Whole numbers that a double would round are bigints in `output`. Default false. */
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
  /** An ECMA-262 pattern that the whole text matches. */
  regex?: string | undefined;
  /** Texts of which the answer is one. */
  choice?: readonly string[] | undefined;
  /** Functions that the model may call. */
  tools?: readonly ToolDefinition[] | undefined;
  /** `auto`, the default: as the model likes. `required`: at least one call. A name: that one. */
  toolChoice?: "auto" | "none" | "required" | { name: string } | undefined;
  /** Whether one answer may hold several calls. Default true. */
  parallelToolCalls?: boolean | undefined;
}

/** A turn of a conversation. An assistant's may hold calls; a tool's names the call it answers. */
export type Message = Omit<ChatMessage, "content"> & { content?: string | undefined };

/** A function that the model may call. */
export interface ToolDefinition {
  /** What the model calls it by. */
  name: string;
  /** What it does, for the model. */
  description?: string | undefined;
  /** Of the arguments: JSON Schema, its text, or a Standard Schema that converts itself. Default: no arguments. */
  parameters?: SchemaInput | undefined;
}

/** One generated document and what the server said of it. */
export interface Answer<Output> {
  /** The document, typed from the schema. */
  output: Output;
  /** The document as the server wrote it: every digit, names in their order. */
  text: string;
  /** Why generation ended. */
  finishReason: FinishReason;
  /** Tokens of the prompt and of the document. */
  usage: Usage;
  /** The model that answered. */
  model: string;
  /** The server's name for the request, as in its log. */
  requestId: string;
  /** Milliseconds the server took. */
  generationTimeMs: number;
  /** Where that time went, where the server reports it. */
  timings: RequestTimings | undefined;
}

/** An answer of text, calls or a document. */
export interface ChatAnswer<Output> extends Answer<Output> {
  /** The text before or beside calls, or all of it; the document where one was asked for. */
  text: string;
  /** Empty where no tool was called. Arguments are JSON text. */
  toolCalls: readonly ToolCall[];
  /** What the model thought before it answered. */
  reasoning: string | undefined;
}

/** The document that was asked for, unless tools were called in its place; undefined where none was. */
export type ChatOutputOf<Schema> = Schema extends SchemaInput ? OutputOf<Schema> | undefined : undefined;

/** The parts of an answer as they come, once; `final()` gives the whole, and reads the stream itself if nobody else does. */
export interface ChatStream<Output> extends AsyncIterable<AnswerPart> {
  /** The whole answer, once it is there. */
  final(): Promise<ChatAnswer<Output>>;
}

/**
 * The document as it grows. Iterate it once for partial values (each a value of its own that later steps leave alone;
 * strings may be cut, unfinished numbers are held back), or its `text()` for the raw pieces; `final()` gives the whole
 * answer, and reads the stream to its end itself if nobody else does.
 */
export interface DocumentStream<Output> extends AsyncIterable<Partially<Output>> {
  /** The raw text of the document, piece by piece. */
  text(): AsyncIterable<string>;
  /** The whole answer, once the document is finished and valid. */
  final(): Promise<Answer<Output>>;
}
