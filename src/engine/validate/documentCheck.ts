import type { Dialect } from "../../constraint/index.js";
import { isJsonArray, isJsonObject, type JsonValue, parseJson } from "../../json/index.js";
import type { SchemaSource } from "../../types.js";
import { AjvJudges } from "./ajvJudge.js";
import { DIALECTS, dialectOf } from "./dialects.js";
import type { Judge, Verdict } from "./judge.js";
import { withOfficialDocuments } from "./officialDocuments.js";
import { holdsDoubles } from "./readSchema.js";

/** A schema that no validator here can compile. */
export class UncheckableSchemaError extends Error {}

interface Entry {
  source: SchemaSource;
  dialect: Dialect;
  /** Undefined where Ajv cannot compile the schema, or is known to misjudge it. */
  ajv: Judge | undefined;
  /** Compiled on first need. */
  exact: Judge | undefined;
}

const KEPT_SCHEMAS = 256;
const KEPT_BYTES = 16 * 1024 * 1024;

/** Ajv holds on to parts of everything it ever compiled, removed or not. After so much of it all begin anew. */
const COMPILED_SCHEMAS = 4 * KEPT_SCHEMAS;
const COMPILED_BYTES = 2 * KEPT_BYTES;

/**
 * Judges documents by schemas, with code that shares nothing with the constraint engine: Ajv where it is exact, and
 * @hyperjump/json-schema where it is not. The schema and the numbers in it and in the document decide which; neither
 * verdict is ever overruled. Compiled schemas are kept by their text, least recently used out first. Belongs in a thread of
 * its own: compiling takes long, and a pattern may take for ever.
 */
export class DocumentCheck {
  private ajvs = new AjvJudges();
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  /** Since there are these validators. */
  private compiledSchemas = 0;
  private compiledBytes = 0;

  /** Compiles the schema ahead of its first document. Throws `UncheckableSchemaError`. */
  async prepare(source: SchemaSource): Promise<void> {
    await this.entryOf(source);
  }

  /** Throws `UncheckableSchemaError`. */
  async check(source: SchemaSource, text: string): Promise<Verdict> {
    let document: JsonValue;
    try {
      document = parseJson(text);
    } catch (error) {
      return { valid: false, pointer: "", message: `not JSON: ${(error as Error).message}` };
    }
    const entry = await this.entryOf(source);
    if (entry.ajv !== undefined && isWithinAjv(entry, text, document)) {
      try {
        return entry.ajv.check(document);
      } catch (error) {
        // Ajv follows references that lead in a circle until its stack overflows.
        if (!(error instanceof RangeError)) throw error;
        entry.ajv = undefined;
      }
    }
    entry.exact ??= await compileExactly(source, entry.dialect);
    return entry.exact.check(document);
  }

  private async entryOf(source: SchemaSource): Promise<Entry> {
    const key = keyOf(source);
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known;
    }
    if (this.compiledSchemas >= COMPILED_SCHEMAS || this.compiledBytes >= COMPILED_BYTES) this.renew();
    this.compiledSchemas++;
    this.compiledBytes += key.length;
    const entry = await this.compile(source);
    this.entries.set(key, entry);
    this.bytes += key.length;
    for (const [text, oldest] of this.entries) {
      if (this.entries.size <= KEPT_SCHEMAS && this.bytes <= KEPT_BYTES) break;
      if (text === key) break;
      this.entries.delete(text);
      this.bytes -= text.length;
      forget(oldest);
    }
    return entry;
  }

  private renew(): void {
    for (const entry of this.entries.values()) forget(entry);
    this.ajvs = new AjvJudges();
    this.entries.clear();
    this.bytes = 0;
    this.compiledSchemas = 0;
    this.compiledBytes = 0;
  }

  private async compile(given: SchemaSource): Promise<Entry> {
    const source = await withOfficialDocuments(given);
    const schema = parseJson(source.schemaText);
    const named = dialectOf(schema);
    let dialect = named ?? DIALECTS[0];
    for (const tried of named === undefined ? DIALECTS : [named]) {
      try {
        const ajv = this.ajvs.compile(source, schema, tried);
        dialect = tried;
        if (!isBeyondAjv(source, schema, tried)) return { source, dialect, ajv, exact: undefined };
        ajv.forget();
        break;
      } catch {
        // A schema without `$schema` may be one of an older draft, or none that Ajv knows.
      }
    }
    try {
      return { source, dialect, ajv: undefined, exact: await compileExactly(source, dialect) };
    } catch (cause) {
      throw new UncheckableSchemaError((cause as Error).message, { cause });
    }
  }
}

/** The library is loaded for the first schema that needs it. */
async function compileExactly(source: SchemaSource, dialect: Dialect): Promise<Judge> {
  const { exactJudge } = await import("./exactJudge.js");
  return await exactJudge(source, dialect);
}

function keyOf({ schemaText, documents }: SchemaSource): string {
  return documents === undefined ? schemaText : JSON.stringify([schemaText, documents]);
}

function forget({ ajv, exact }: Entry): void {
  ajv?.forget();
  exact?.forget();
}

/** Members that Ajv mistakes for those that every object has: it leaves them out, or calls them where it compares objects. */
const INHERITED_NAMES = ["__proto__", "constructor", "toString", "valueOf"];
const INHERITED_MEMBER = new RegExp(`"(?:${INHERITED_NAMES.join("|")}|[^"]*\\\\u00[4-7][^"]*)"\\s*:`);

/** Whether Ajv reads the document as it is written: in draft 4, `1.0` is no integer. */
function isWithinAjv({ source, dialect }: Entry, text: string, document: JsonValue): boolean {
  const isSpelled = dialect === "draft-04" && /\d[.eE]/.test(text) && source.schemaText.includes('"integer"');
  return !isSpelled && !INHERITED_MEMBER.test(text) && holdsDoubles(text, document);
}

/**
 * Whether Ajv is known to misjudge documents of this schema: it resolves dynamic references by their name alone, overlooks
 * what some keywords have evaluated, mistakes members called `__proto__` or `toString`, knows one draft at a time, and reads
 * numbers as doubles.
 */
function isBeyondAjv(source: SchemaSource, schema: JsonValue, dialect: Dialect): boolean {
  const texts = textsInReach(source);
  const values = texts.map((text, index) => (index === 0 ? schema : parseJson(text)));
  const has = (keyword: string) => texts.some((text) => text.includes(`"${keyword}"`));
  return (
    has("$dynamicRef") ||
    has("$recursiveRef") ||
    INHERITED_NAMES.some(has) ||
    has("unevaluatedItems") ||
    has("unevaluatedProperties") ||
    namesVocabulary(schema) ||
    mixesDialects(values, dialect) ||
    !texts.every((text, index) => holdsDoubles(text, values[index]))
  );
}

/** The schema, and of the documents those that it may lead to: what it does not name by the end of their URI, it does not. */
function textsInReach({ schemaText, documents = {} }: SchemaSource): string[] {
  const texts = [schemaText];
  const left = new Map(Object.entries(documents));
  for (let i = 0; i < texts.length; i++) {
    for (const [uri, text] of left) {
      const name = uri
        .replace(/[#/]+$/, "")
        .split("/")
        .at(-1)!;
      if (!texts[i].includes(name)) continue;
      left.delete(uri);
      texts.push(text);
    }
  }
  return texts;
}

/** Whether documents, or schemas within them, are of different drafts. Ajv reads all as one. */
function mixesDialects(values: readonly JsonValue[], around: Dialect): boolean {
  const dialects = new Set([around]);
  const look = (value: JsonValue): void => {
    if (isJsonArray(value)) for (const item of value) look(item);
    if (!isJsonObject(value)) return;
    const dialect = dialectOf(value);
    if (dialect !== undefined) dialects.add(dialect);
    for (const member of value.values()) look(member);
  };
  for (const value of values) look(value);
  return dialects.size > 1;
}

/** Whether `$schema` is a metaschema of somebody's own, whose vocabularies Ajv does not know. */
function namesVocabulary(schema: JsonValue): boolean {
  return isJsonObject(schema) && typeof schema.get("$schema") === "string" && dialectOf(schema) === undefined;
}
