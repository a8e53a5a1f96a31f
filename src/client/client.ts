import type { RequestValues } from "../engine/request/index.js";
import type { FinishReason, JsonSchema, RequestTimings, SchemaText, Usage } from "../types.js";
import type { CallOptions, Connection, Health, Readiness, Warmup } from "./connection.js";
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
export interface GenerateOptions<Schema extends SchemaInput = SchemaInput>
  extends CallOptions,
    Omit<RequestValues, "documents"> {
  /** The user's message. */
  prompt: string;
  /** What the document must be valid against. */
  schema: Schema;
  /** What the schema's references may name, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | SchemaText>> | undefined;
  /** Whole numbers that a double would round are bigints in `output`. Default false. */
  bigints?: boolean | undefined;
  /** A system message. */
  system?: string | undefined;
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
