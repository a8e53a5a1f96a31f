import type { Dialect, KeywordRegistry } from "../schema/index.js";
import type { JsonSchema, SchemaText } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";
import type { CompileLimits } from "./limits.js";
import type { Matcher } from "./matcher.js";

/** Options of `compileSchema`: how the schema is read and which form documents have. */
export interface CompileOptions {
  /** Cancels compiling: `compileSchema` throws `cancelled`. */
  signal?: AbortSignal;
  /** Overrides of the default limits. */
  limits?: Partial<CompileLimits>;
  /** Order of members. `declared`: that of `properties`, then others. `any`: free. Default `declared`. */
  propertyOrder?: "declared" | "any";
  /** Dialect of a schema without `$schema`. Default `2020-12`. */
  defaultDialect?: Dialect;
  /** Maximum run of white space between the tokens of the document; 0 gives compact JSON. Default 128. */
  maxWhitespace?: number;
  /**
   * `all`: every spelling of a number in RFC 8259. `plain`, for generation: without exponents, and integers without `.0`; it also
   * restricts formats that are not regular, such as internationalised host names, to their common part. Default `all`.
   */
  numbers?: "all" | "plain";
  /**
   * `assert`: known `format`s are enforced. `annotate`: as in the specification, `format` restricts nothing unless the
   * schema's metaschema requires the format-assertion vocabulary. Default `assert`.
   */
  formats?: "assert" | "annotate";
  /** Documents that the schema refers to, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | SchemaText>>;
  /**
   * `schema`: objects may have any member that the schema permits. `closed`, for generation: if the schema names members and does
   * not mention others, only the named ones are generated, provided that leaves a valid document; a schema without `type` that
   * names members gives an object, one with `items` an array. Does not affect `accepts`. Default `schema`.
   */
  additionalMembers?: "schema" | "closed";
  /** The keywords that are enforced, for tests of new ones. Default: those of JSON Schema. */
  keywords?: KeywordRegistry;
}

/** Default of `maxWhitespace`. */
export const DEFAULT_WHITESPACE = 128;

/** A compiled schema. Immutable to its users; can be shared between requests. */
export interface Grammar {
  /**
   * Whether `text` is a complete, valid document. Throws `unsupported_schema` if that is unknown, because the schema has too many
   * alternatives, even for this document.
   */
  accepts(text: string): boolean;
  /** Creates a matcher at the start of a document, over the tokens of `vocabulary`. */
  matcher(vocabulary: Vocabulary): Matcher;
  /** Approximate memory of the grammar and its caches, in bytes. Grows while documents are followed. */
  readonly byteLength: number;
  /** Warnings for the author of the schema: unknown formats, ignored annotations that look like assertions. */
  readonly warnings: readonly { pointer: string; keyword: string; message: string }[];
}
