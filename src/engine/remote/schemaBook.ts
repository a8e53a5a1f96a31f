import { compileSchema, type Grammar } from "../../constraint/index.js";
import type { JsonSchema } from "../../types.js";
import { schemaInstruction } from "../prompt/prompt.js";
import type { ConstraintMode, Dialect } from "./dialects/dialect.js";
import { relaxSchema } from "./relax/relax.js";
import type { SchemaObject } from "./relax/schemaObject.js";

/** What a request needs to know of its schema. */
export interface PreparedSchema {
  text: string;
  grammar: Grammar;
  /** As the server can enforce it. */
  sent: SchemaObject;
  /** The server enforces all of it: an answer that breaks it is a fault, not to be expected. */
  enforced: boolean;
  /** What the model is told; empty where the server tells it. */
  instruction: string;
  /** Lowered when the server refuses the schema, for this schema from then on. */
  mode: ConstraintMode;
}

const KEPT_SCHEMAS = 256;
const KEPT_CHARACTERS = 8_000_000;
/** Characters of a schema in the prompt. */
const TOLD_CHARACTERS = 6_000;

/** Schemas made ready for one kind of server, kept by their text, least recently used out first. */
export class SchemaBook {
  private readonly dialect: Dialect;
  private readonly compileMs: number;
  private readonly entries = new Map<string, PreparedSchema>();
  private characters = 0;

  constructor(dialect: Dialect, compileMs: number) {
    this.dialect = dialect;
    this.compileMs = compileMs;
  }

  /** Throws `SchemaError` for what Formwork refuses, before anything is sent. */
  prepare(schema: JsonSchema, signal: AbortSignal): PreparedSchema {
    const text = JSON.stringify(schema) ?? "true";
    let entry = this.entries.get(text);
    if (entry === undefined) {
      entry = this.compile(schema, text, signal);
      this.characters += text.length;
    } else {
      this.entries.delete(text);
    }
    this.entries.set(text, entry);
    for (const [oldest] of this.entries) {
      if (this.entries.size <= KEPT_SCHEMAS && this.characters <= KEPT_CHARACTERS) break;
      this.entries.delete(oldest);
      this.characters -= oldest.length;
    }
    return entry;
  }

  private compile(schema: JsonSchema, text: string, signal: AbortSignal): PreparedSchema {
    // A server orders properties as it likes.
    const grammar = compileSchema(schema, {
      propertyOrder: "any",
      signal,
      limits: { compileMs: this.compileMs },
    });
    const { capabilities, tellsSchema } = this.dialect;
    if (capabilities === undefined) {
      const sent = typeof schema === "boolean" ? (schema ? {} : { not: {} }) : schema;
      return { text, grammar, sent, enforced: true, instruction: "", mode: "schema" };
    }
    const { schema: sent, relaxed } = relaxSchema(schema, capabilities);
    return {
      text,
      grammar,
      sent,
      enforced: relaxed.length === 0,
      instruction: tellsSchema ? "" : instructionFor(schema, text, relaxed.length > 0),
      mode: "schema",
    };
  }
}

/** What the server does not enforce the model has to know in full. */
function instructionFor(schema: JsonSchema, text: string, relaxed: boolean): string {
  if (relaxed && text.length <= TOLD_CHARACTERS) {
    return `Answer with one JSON document that is valid by this JSON Schema:\n${text}`;
  }
  return schemaInstruction(schema, TOLD_CHARACTERS);
}
