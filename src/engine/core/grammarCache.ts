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
  /** Of what the compiled schemas hold, and of their texts. */
  bytes: number;
}

/**
 * Compiled schemas by their text, least recently used out first. Refusals are kept too, so that a client
 * which repeats a bad schema costs a look-up; one by the clock, which depends on the moment, is not.
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

  /** Throws what compiling the schema throws. */
  compile({ schemaText, documents }: SchemaSource, additionalMembers?: AdditionalMembers): Grammar {
    const plain = documents === undefined && additionalMembers === undefined;
    const key = plain ? schemaText : JSON.stringify([schemaText, documents, additionalMembers]);
    return this.take(key, () => compileSchema(schemaText, this.optionsOf(documents, additionalMembers)));
  }

  /** The same for answers in parts, among which the schema's document may be one. */
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
      // What a grammar holds grows as documents are followed.
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
