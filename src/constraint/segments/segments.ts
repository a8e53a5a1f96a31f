import type { JsonSchema, SchemaText } from "../../types.js";
import type { CompileOptions } from "../grammar.js";

/**
 * A part of an answer. Parts follow one another. A part ends at its own end, or, if it may stop earlier, where the next part
 * starts.
 */
export type Segment =
  /** Exactly this text. `isTag`: a control token with this text may be used. */
  | { kind: "literal"; text: string; isTag?: boolean }
  /** Text that fully matches an ECMA-262 pattern. */
  | { kind: "regex"; pattern: string }
  /** One of these texts. */
  | { kind: "choice"; choices: readonly string[] }
  | DocumentSegment
  /**
   * Free text: up to and including the first `until`, otherwise of any length. `maxTokens` (with `until`): number of tokens
   * after which only the rest of `until` may follow.
   */
  | { kind: "text"; until?: string; maxTokens?: number }
  /** One of several sequences. Either all or none of them start with documents. */
  | { kind: "oneOf"; of: readonly (readonly Segment[])[] }
  /** The same parts once or more, with `separator` between them and `closing` after the last. */
  | {
      kind: "repeat";
      of: readonly Segment[];
      separator: string;
      closing: string;
      /** Whether control tokens may replace the separator and the closing text. */
      isTag?: boolean;
    }
  /** Free text in which tags open further parts. With `repeated`, text continues after them; otherwise they end it. */
  | { kind: "tagged"; tags: readonly Tag[]; repeated: boolean }
  /** A document, or a tagged part instead. The first bytes of tags and documents must differ. */
  | (Omit<DocumentSegment, "kind"> & { kind: "documentOrTagged"; tags: readonly Tag[] });

/** One JSON document. */
export interface DocumentSegment {
  /** Marks the segment as a document. */
  kind: "document";
  /** The schema of the document. */
  schema: JsonSchema | SchemaText;
  /** Override the options of the whole. */
  options?: CompileOptions;
  /** JSON pointer to the schema in the caller's request, for errors. */
  pointer?: string;
}

/** A text that opens a part wherever it occurs in free text, and what follows it. */
export interface Tag {
  /** The text that opens the part. */
  opening: string;
  /** Whether it opens a part only at the very start. */
  onlyAtStart?: boolean;
  /** What follows the opening text. */
  then: readonly Segment[];
}

/** Options for all documents of the segments; `limits.regexStates` also applies to patterns of text. */
export type SegmentOptions = CompileOptions;
