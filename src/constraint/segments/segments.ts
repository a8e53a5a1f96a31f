import type { JsonSchema, SchemaText } from "../../types.js";
import type { CompileOptions } from "../grammar.js";

/**
 * A part of an answer. Parts follow one another; each says where it ends: by its own end, or, where it may stop
 * before that, wherever the next part begins.
 */
export type Segment =
  /** Exactly this text. `isTag`: a control token that spells it may stand for it. */
  | { kind: "literal"; text: string; isTag?: boolean }
  /** Text that an ECMA-262 pattern matches from its beginning to its end. */
  | { kind: "regex"; pattern: string }
  /** One of these texts. */
  | { kind: "choice"; choices: readonly string[] }
  | DocumentSegment
  /**
   * Free text: up to and including the first `until`, or else to any length. `maxTokens` (with `until`): tokens after
   * which nothing but the rest of `until` may follow.
   */
  | { kind: "text"; until?: string; maxTokens?: number }
  /** One of several sequences. They must not begin with documents unless all do. */
  | { kind: "oneOf"; of: readonly (readonly Segment[])[] }
  /** The same parts once or more, `separator` between them, `closing` behind the last. */
  | {
      kind: "repeat";
      of: readonly Segment[];
      separator: string;
      closing: string;
      /** Control tokens may stand for the separator and the closing text. */
      isTag?: boolean;
    }
  /** Free text in which tags open further parts. Text follows them again where `repeated`; otherwise they end it. */
  | { kind: "tagged"; tags: readonly Tag[]; repeated: boolean }
  /** A document, or a tagged part in its place. The first bytes of tags and documents must differ. */
  | (Omit<DocumentSegment, "kind"> & { kind: "documentOrTagged"; tags: readonly Tag[] });

/** One JSON document. */
export interface DocumentSegment {
  /** Marks the segment as a document. */
  kind: "document";
  /** What the document must be valid against. */
  schema: JsonSchema | SchemaText;
  /** Over those of the whole. */
  options?: CompileOptions;
  /** Where the schema stands in the caller's request: errors point there. */
  pointer?: string;
}

/** A text that opens a part wherever it occurs in free text, and what then follows. */
export interface Tag {
  /** The text that opens the part. */
  opening: string;
  /** Opens it at the very beginning only. */
  onlyAtStart?: boolean;
  /** What follows the opening text. */
  then: readonly Segment[];
}

/** For all documents of the segments; `limits.regexStates` is for patterns of text, too. */
export type SegmentOptions = CompileOptions;
