import type { Ajv as AjvClass, ValidateFunction } from "ajv";
import { compileSchema } from "../../constraint/index.js";
import type { JsonSchema, SchemaSource } from "../../types.js";
import { createAjv, DIALECTS, dialectOf, type ValidatorDialect } from "./dialects.js";
import { withoutQuirks } from "./legacy.js";

export interface Verdict {
  valid: boolean;
  /** JSON pointer into the document: what is at fault. */
  pointer?: string;
  message?: string;
  /** Why the document was judged by Formwork's own grammar instead of the independent validator. */
  fallback?: string;
}

type Check = (text: string, value: unknown) => Verdict;

interface Entry {
  check: Check;
  forget: () => void;
}

const KEPT_SCHEMAS = 256;
const KEPT_BYTES = 16 * 1024 * 1024;

/** Ajv holds on to parts of everything it ever compiled, removed or not. After so much of it all begin anew. */
const COMPILED_SCHEMAS = 4 * KEPT_SCHEMAS;
const COMPILED_BYTES = 2 * KEPT_BYTES;

/**
 * Judges documents by schemas, with code that shares nothing with the engine's own: Ajv. A schema that Ajv
 * cannot compile is judged by the grammar, with properties in any order. Compiled schemas are kept by their
 * text, least recently used out first. Belongs in a thread of its own: compiling takes long, and a pattern may
 * take for ever.
 */
export class DocumentCheck {
  private readonly validators = new Map<ValidatorDialect, AjvClass>();
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  /** Since there are these validators. */
  private compiledSchemas = 0;
  private compiledBytes = 0;

  /** Compiles the schema ahead of its first document. `grammarOnly`: without Ajv, `reason` says why. */
  prepare(source: SchemaSource, grammarOnly?: string): Check {
    const schemaText =
      source.documents === undefined
        ? source.schemaText
        : JSON.stringify([source.schemaText, source.documents]);
    const known = this.entries.get(schemaText);
    if (known !== undefined) {
      this.entries.delete(schemaText);
      this.entries.set(schemaText, known);
      return known.check;
    }
    if (this.compiledSchemas >= COMPILED_SCHEMAS || this.compiledBytes >= COMPILED_BYTES) this.renew();
    this.compiledSchemas++;
    this.compiledBytes += schemaText.length;
    const entry =
      grammarOnly === undefined
        ? this.compile(source)
        : { check: byGrammar(source, grammarOnly), forget() {} };
    this.entries.set(schemaText, entry);
    this.bytes += schemaText.length;
    for (const [text, oldest] of this.entries) {
      if (this.entries.size <= KEPT_SCHEMAS && this.bytes <= KEPT_BYTES) break;
      if (text === schemaText) break;
      this.entries.delete(text);
      this.bytes -= text.length;
      oldest.forget();
    }
    return entry.check;
  }

  check(source: SchemaSource, text: string, grammarOnly?: string): Verdict {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return { valid: false, pointer: "", message: `not JSON: ${(error as Error).message}` };
    }
    if (!survivesReading(text, value)) {
      return { valid: false, pointer: "", message: "holds a number that no reader can hold" };
    }
    return this.prepare(source, grammarOnly)(text, value);
  }

  private renew(): void {
    this.validators.clear();
    this.entries.clear();
    this.bytes = 0;
    this.compiledSchemas = 0;
    this.compiledBytes = 0;
  }

  private compile(source: SchemaSource): Entry {
    const schema = JSON.parse(source.schemaText) as JsonSchema;
    const named = dialectOf(schema);
    let reason = "";
    for (const dialect of named === undefined ? DIALECTS : [named]) {
      try {
        return this.compileAs(schema, source, dialect);
      } catch (error) {
        if (reason === "") reason = (error as Error).message;
      }
    }
    return { check: byGrammar(source, reason), forget() {} };
  }

  private compileAs(schema: JsonSchema, source: SchemaSource, dialect: ValidatorDialect): Entry {
    let ajv = source.documents === undefined ? this.validators.get(dialect) : createAjv(dialect);
    for (const [uri, document] of Object.entries(source.documents ?? {})) {
      ajv?.addSchema(JSON.parse(document) as JsonSchema, uri);
    }
    if (ajv === undefined) {
      ajv = createAjv(dialect);
      this.validators.set(dialect, ajv);
    }
    const legacy = dialect.startsWith("draft");
    const prepared = withoutQuirks(schema, legacy, dialect === "draft-04") as JsonSchema;
    const validate = ajv.compile(prepared);
    const doubtful = doubtAbout(source.schemaText);
    let second: Check | undefined;
    return {
      check: (text, value) => {
        const verdict = verdictOf(validate, value);
        const doubt = verdict.fallback ?? doubtful;
        if (verdict.valid || doubt === undefined) return verdict;
        second ??= byGrammar(source, doubt);
        return second(text, value);
      },
      forget: () => {
        if (typeof prepared === "object") ajv.removeSchema(prepared);
      },
    };
  }
}

/**
 * Why a refusal by Ajv does not settle the matter for this schema: it resolves dynamic references by their
 * name alone, overlooks what some keywords have evaluated, and leaves out a name that JavaScript holds dear.
 */
function doubtAbout(schemaText: string): string | undefined {
  const has = (keyword: string) => schemaText.includes(`"${keyword}"`);
  if (has("$dynamicRef") || has("$recursiveRef")) return "Ajv follows dynamic references in part only";
  if (has("__proto__")) return "Ajv leaves members called __proto__ out";
  if (has("unevaluatedItems")) return "Ajv overlooks some evaluated items";
  if (has("unevaluatedProperties") && has("if")) return "Ajv overlooks what a lone `if` evaluates";
  return undefined;
}

function verdictOf(validate: ValidateFunction, value: unknown): Verdict {
  try {
    if (validate(value) === true) return { valid: true };
  } catch (error) {
    return { valid: false, fallback: (error as Error).message };
  }
  const error = validate.errors?.[0];
  return {
    valid: false,
    pointer: error?.instancePath ?? "",
    message: `${error?.message ?? "is not valid"}${error?.keyword === undefined ? "" : ` (${error.keyword})`}`,
  };
}

function byGrammar({ schemaText, documents }: SchemaSource, reason: string): Check {
  const grammar = compileSchema(schemaText, {
    propertyOrder: "any",
    ...(documents === undefined ? {} : { documents }),
  });
  return (text) =>
    grammar.accepts(text)
      ? { valid: true, fallback: reason }
      : { valid: false, pointer: "", message: "does not follow the schema", fallback: reason };
}

/** Whether every number of the document survives being read. Only spellings that could fail are looked at. */
function survivesReading(text: string, value: unknown): boolean {
  if (!/\d[eE]|\d{300}/.test(text)) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((member) => survivesReading(text, member));
}
