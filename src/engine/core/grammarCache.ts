import { type CompileOptions, compileSchema, type Grammar } from "../../constraint/index.js";
import { SchemaError } from "../../errors.js";
import type { JsonSchema } from "../../types.js";
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
  compile(schemaText: string): CompiledSchema {
    const known = this.entries.get(schemaText);
    if (known !== undefined) {
      this.entries.delete(schemaText);
      this.entries.set(schemaText, known);
      if (known instanceof SchemaError) throw known;
      return known;
    }
    try {
      const schema = JSON.parse(schemaText) as JsonSchema;
      const grammar = compileSchema(schema, this.options);
      const compiled = { grammar, instruction: this.instruct(schema) };
      this.keep(schemaText, compiled);
      return compiled;
    } catch (error) {
      if (error instanceof SchemaError && error.code !== "timeout" && error.code !== "cancelled") {
        this.keep(schemaText, error);
      }
      throw error;
    }
  }

  private keep(schemaText: string, entry: CompiledSchema | SchemaError): void {
    this.entries.set(schemaText, entry);
    this.bytes += schemaText.length;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limits.entries && this.bytes <= this.limits.bytes) break;
      this.entries.delete(oldest);
      this.bytes -= oldest.length;
    }
  }
}
