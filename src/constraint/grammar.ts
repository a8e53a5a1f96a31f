import type { Dialect, KeywordRegistry } from "../schema/index.js";
import type { JsonSchema, SchemaText } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";
import type { CompileLimits } from "./limits.js";
import type { Matcher } from "./matcher.js";

/** How a schema is read and what documents may look like. */
export interface CompileOptions {
  /** Cancels compiling: `compileSchema` throws `cancelled`. */
  signal?: AbortSignal;
  /** Limits other than the defaults. */
  limits?: Partial<CompileLimits>;
  /** `declared`: as `properties` lists them, others after. `any`: free. Default `declared`. */
  propertyOrder?: "declared" | "any";
  /** For a schema without `$schema`. Default `2020-12`. */
  defaultDialect?: Dialect;
  /** White space characters allowed in a row between the tokens of the document; 0 is compact. Default 128. */
  maxWhitespace?: number;
  /**
   * `all`: every spelling of a number that RFC 8259 has. `plain`: as a person would write it, without exponents and
   * without `.0` behind whole numbers; for generation (which also keeps formats that are not regular, such as
   * internationalised host names, to their ordinary part). Default `all`.
   */
  numbers?: "all" | "plain";
  /**
   * `assert`: every `format` that is known is enforced. `annotate`: the default of the specification:
   * `format` restricts nothing, unless the schema's metaschema asks for the format-assertion vocabulary.
   * Default `assert`.
   */
  formats?: "assert" | "annotate";
  /** Documents that remote references may name, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | SchemaText>>;
  /**
   * `schema`: objects may have what the schema allows. `closed`, for generation: an object whose schema names members
   * and says nothing of others is written with those it names, where that leaves any document; a schema that names
   * members but no `type` is written as an object, one with `items` as an array. What `accepts` says stays the same.
   * Default `schema`.
   */
  additionalMembers?: "schema" | "closed";
  /** The keywords that count, for tests of new ones. Default: all of JSON Schema. */
  keywords?: KeywordRegistry;
}

/** White space characters in a row where a caller sets no `maxWhitespace`. */
export const DEFAULT_WHITESPACE = 128;

/** A schema made ready to be followed. Immutable to its users; safe to share between requests. */
export interface Grammar {
  /**
   * Whether `text` is a whole valid document. Throws `unsupported_schema` where that is not known, since the ways to meet
   * the schema are too many to follow side by side.
   */
  accepts(text: string): boolean;
  /** A matcher at the beginning of a document, over the tokens of `vocabulary`. */
  matcher(vocabulary: Vocabulary): Matcher;
  /** Memory of what has been worked out so far and is kept, in bytes, about. It grows as documents are followed. */
  readonly byteLength: number;
  /** Things a person should know: unknown formats, ignored annotations that look like assertions. */
  readonly warnings: readonly { pointer: string; keyword: string; message: string }[];
}
