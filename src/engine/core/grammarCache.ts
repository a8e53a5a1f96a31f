import {
  type CompileOptions,
  compileSchema,
  compileSegments,
  type Grammar,
  type Segment,
} from "../../constraint/index.js";
import { SchemaError } from "../../errors.js";
import { BoundedCache } from "../../system/index.js";
import type { JsonSchema, SchemaSource } from "../../types.js";
import type { AdditionalMembers } from "../engine.js";
import { schemaInstruction } from "../prompt/prompt.js";

export interface GrammarCacheLimits {
  entries: number;
  /** Of what the compiled schemas hold, and of their texts. */
  bytes: number;
}

/** A schema made ready: its grammar and what the model is told about it. */
export interface CompiledSchema {
  grammar: Grammar;
  instruction: string;
}

/**
 * Compiled schemas by their text, least recently used out first. Refusals are kept too, so that a client
 * which repeats a bad schema costs a look-up; those that depend on the moment (time limit) are not.
 */
export class GrammarCache {
  private readonly options: CompileOptions;
  private readonly instruct: (schema: JsonSchema) => string;
  private readonly entries: BoundedCache<CompiledSchema | SchemaError>;

  /** `instruct`: what the model is told of a schema. */
  constructor(
    limits: GrammarCacheLimits,
    options: CompileOptions,
    instruct: (schema: JsonSchema) => string = schemaInstruction,
  ) {
    this.entries = new BoundedCache({ maxEntries: limits.entries, maxBytes: limits.bytes });
    this.options = options;
    this.instruct = instruct;
  }

  get size(): number {
    return this.entries.size;
  }

  get bytes(): number {
    return this.entries.bytes;
  }

  /** Throws what compiling the schema throws. */
  compile({ schemaText, documents }: SchemaSource, additionalMembers?: AdditionalMembers): CompiledSchema {
    const plain = documents === undefined && additionalMembers === undefined;
    const key = plain ? schemaText : JSON.stringify([schemaText, documents, additionalMembers]);
    return this.take(key, () => ({
      grammar: compileSchema(schemaText, this.optionsOf(documents, additionalMembers)),
      instruction: this.instructionOf({ schemaText }),
    }));
  }

  /** The same for answers in parts, among which the schema's document may be one. */
  compileParts(
    segments: readonly Segment[],
    { schemaText }: SchemaSource,
    additionalMembers?: AdditionalMembers,
  ): CompiledSchema {
    const key = JSON.stringify([segments, schemaText, additionalMembers]);
    return this.take(key, () => ({
      grammar: compileSegments(segments, this.optionsOf(undefined, additionalMembers)),
      instruction: this.instructionOf({ schemaText }, segments),
    }));
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

  private take(key: string, make: () => CompiledSchema): CompiledSchema {
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
      if (error instanceof SchemaError && error.code !== "timeout" && error.code !== "cancelled") {
        this.keep(key, error);
      }
      throw error;
    }
  }

  /** What the model is told of the schema; nothing where no part of the answer is its document. */
  instructionOf({ schemaText }: SchemaSource, segments?: readonly Segment[]): string {
    if (segments !== undefined && !segments.some(holdsDocument)) return "";
    return this.instruct(JSON.parse(schemaText) as JsonSchema);
  }

  private keep(key: string, entry: CompiledSchema | SchemaError): void {
    const held = entry instanceof SchemaError ? entry.message.length : entry.grammar.byteLength;
    this.entries.set(key, entry, key.length + held);
  }
}

/** Whether the answer may be the request's own document; arguments of calls are not. */
function holdsDocument({ kind }: Segment): boolean {
  return kind === "document" || kind === "documentOrTagged";
}
