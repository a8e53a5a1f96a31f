import {
  type CompileOptions,
  compileSchema,
  compileSegments,
  type Grammar,
  type Segment,
} from "../../constraint/index.js";
import { SchemaError } from "../../errors.js";
import type { JsonSchema, SchemaSource } from "../../types.js";
import type { AdditionalMembers } from "../engine.js";
import { schemaInstruction } from "../prompt/prompt.js";

export interface GrammarCacheLimits {
  entries: number;
  /** Of schema texts; a compiled grammar takes a small multiple of its text. */
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
  private readonly limits: GrammarCacheLimits;
  private readonly options: CompileOptions;
  private readonly instruct: (schema: JsonSchema) => string;
  private readonly entries = new Map<string, CompiledSchema | SchemaError>();
  private bytes = 0;

  /** `instruct`: what the model is told of a schema. */
  constructor(
    limits: GrammarCacheLimits,
    options: CompileOptions,
    instruct: (schema: JsonSchema) => string = schemaInstruction,
  ) {
    this.limits = limits;
    this.options = options;
    this.instruct = instruct;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Throws what compiling the schema throws. */
  compile({ schemaText, documents }: SchemaSource, additionalMembers?: AdditionalMembers): CompiledSchema {
    const plain = documents === undefined && additionalMembers === undefined;
    const key = plain ? schemaText : JSON.stringify([schemaText, documents, additionalMembers]);
    return this.take(key, () => ({
      grammar: compileSchema(schemaText, this.optionsOf(documents, additionalMembers)),
      instruction: this.instruct(JSON.parse(schemaText) as JsonSchema),
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
      instruction: segments.some(holdsDocument) ? this.instruct(JSON.parse(schemaText) as JsonSchema) : "",
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
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      if (known instanceof SchemaError) throw known;
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

  private keep(key: string, entry: CompiledSchema | SchemaError): void {
    this.entries.set(key, entry);
    this.bytes += key.length;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limits.entries && this.bytes <= this.limits.bytes) break;
      this.entries.delete(oldest);
      this.bytes -= oldest.length;
    }
  }
}

/** Whether the answer may be the request's own document; arguments of calls are not. */
function holdsDocument({ kind }: Segment): boolean {
  return kind === "document" || kind === "documentOrTagged";
}
