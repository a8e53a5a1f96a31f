import {
  type CompileOptions,
  compileSchema,
  compileSegments,
  type Grammar,
  type Segment,
} from "../../constraint/index.js";
import { LimitError, SchemaError } from "../../errors.js";
import { BoundedCache } from "../../system/index.js";
import type { SchemaSource } from "../../types.js";
import type { AdditionalMembers } from "../engine.js";

export interface GrammarCacheLimits {
  entries: number;
  /** Maximum memory of the compiled schemas and their texts. */
  bytes: number;
}

/**
 * Compiled schemas by text; the least recently used are evicted first. Rejections are cached, too, so that repeating a bad schema only
 * costs a lookup; except those by the clock, which depend on the moment.
 */
export class GrammarCache {
  private readonly options: CompileOptions;
  private readonly entries: BoundedCache<Grammar | SchemaError>;

  constructor(limits: GrammarCacheLimits, options: CompileOptions) {
    this.entries = new BoundedCache({ maxEntries: limits.entries, maxBytes: limits.bytes });
    this.options = options;
  }

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.entries.bytes;
  }

  /** Throws the schema's compile errors. */
  compile({ schemaText, documents }: SchemaSource, additionalMembers?: AdditionalMembers): Grammar {
    const plain = documents === undefined && additionalMembers === undefined;
    const key = plain ? schemaText : JSON.stringify([schemaText, documents, additionalMembers]);
    return this.take(key, () => compileSchema(schemaText, this.optionsOf(documents, additionalMembers)));
  }

  /** The same for answers in parts, one of which may be the schema's document. */
  compileParts(
    segments: readonly Segment[],
    { schemaText }: SchemaSource,
    additionalMembers?: AdditionalMembers,
  ): Grammar {
    const key = JSON.stringify([segments, schemaText, additionalMembers]);
    return this.take(key, () => compileSegments(segments, this.optionsOf(undefined, additionalMembers)));
  }

  private optionsOf(
    documents: SchemaSource["documents"],
    additionalMembers: AdditionalMembers | undefined,
  ): CompileOptions {
    return {
      ...this.options,
      ...(documents === undefined ? {} : { documents }),
      ...(additionalMembers === undefined ? {} : { additionalMembers }),
    };
  }

  private take(key: string, make: () => Grammar): Grammar {
    const known = this.entries.get(key);
    if (known instanceof SchemaError) throw known;
    if (known !== undefined) {
      // A grammar grows while documents are followed.
      this.keep(key, known);
      return known;
    }
    try {
      const compiled = make();
      this.keep(key, compiled);
      return compiled;
    } catch (error) {
      const byClock = error instanceof LimitError && error.limit === "compileMs";
      if (error instanceof SchemaError && error.code !== "cancelled" && !byClock) this.keep(key, error);
      throw error;
    }
  }

  private keep(key: string, entry: Grammar | SchemaError): void {
    const held = entry instanceof SchemaError ? entry.message.length : entry.byteLength;
    this.entries.set(key, entry, key.length + held);
  }
}
