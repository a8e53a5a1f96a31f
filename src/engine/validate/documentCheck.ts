import type { Dialect } from "../../constraint/index.js";
import { isJsonArray, isJsonObject, type JsonValue, parseJson, writeJson } from "../../json/index.js";
import type { SchemaSource } from "../../types.js";
import { AjvJudges } from "./ajvJudge.js";
import { DIALECTS, dialectOf } from "./dialects.js";
import type { Judge, Verdict } from "./judge.js";
import { withOfficialDocuments } from "./officialDocuments.js";
import { holdsDoubles } from "./readSchema.js";

/** A schema that neither validator can compile. */
export class UncheckableSchemaError extends Error {}

interface Entry {
  source: SchemaSource;
  dialect: Dialect;
  /** Whether `1` and `1.0` may differ: for integers in draft 4. */
  isSpelled: boolean;
  /** Undefined if Ajv cannot compile the schema, or is known to misjudge it. */
  ajv: Judge | undefined;
  /** Compiled on first need. */
  exact: Judge | undefined;
}

const KEPT_SCHEMAS = 256;
const KEPT_BYTES = 16 * 1024 * 1024;

/** Ajv retains parts of everything it has compiled. After this much, all instances are recreated. */
const COMPILED_SCHEMAS = 4 * KEPT_SCHEMAS;
const COMPILED_BYTES = 2 * KEPT_BYTES;

/**
 * Validates documents with code that is independent of the constraint engine: Ajv if it is exact, otherwise @hyperjump/json-schema. The
 * schema and the numbers in it and in the document decide which; no verdict is ever overruled. Compiled schemas are cached by text,
 * and the least recently used are evicted first. Must run in a separate thread, because compiling takes long, and a pattern may take
 * forever.
 */
export class DocumentCheck {
  private ajvs = new AjvJudges();
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;
  /** Size of schemas compiled since the instances were created. */
  private compiledSchemas = 0;
  private compiledBytes = 0;

  /** Compiles the schema in advance. Throws `UncheckableSchemaError`. */
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
        // Ajv follows cyclic references until its stack overflows.
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
    const texts = textsInReach(source);
    const isSpelled = (own: Dialect) =>
      own === "draft-04" && texts.some((text) => text.includes('"integer"'));
    for (const tried of named === undefined ? DIALECTS : [named]) {
      try {
        const ajv = this.ajvs.compile(source, schema, tried);
        dialect = tried;
        if (!isBeyondAjv(texts, schema, tried))
          return { source, dialect, isSpelled: isSpelled(dialect), ajv, exact: undefined };
        ajv.forget();
        break;
      } catch {
        // A schema without `$schema` may belong to an older draft, or to none that Ajv supports.
      }
    }
    try {
      return {
        source,
        dialect,
        isSpelled: isSpelled(dialect),
        ajv: undefined,
        exact: await compileExactly(source, dialect),
      };
    } catch (cause) {
      throw new UncheckableSchemaError((cause as Error).message, { cause });
    }
  }
}

/** The library is loaded on demand. */
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

/** Members that Ajv confuses with inherited ones: it ignores them, or calls them when it compares objects. */
const INHERITED_NAMES = ["__proto__", "constructor", "toString", "valueOf"];
const INHERITED_MEMBER = new RegExp(`"(?:${INHERITED_NAMES.join("|")}|[^"]*\\\\u00[4-7][^"]*)"\\s*:`);

/** Whether Ajv reads the document exactly: in draft 4, `1.0` is not an integer. */
function isWithinAjv({ isSpelled }: Entry, text: string, document: JsonValue): boolean {
  return !(isSpelled && /\d[.eE]/.test(text)) && !INHERITED_MEMBER.test(text) && holdsDoubles(text, document);
}

/**
 * Whether Ajv is known to misjudge documents of this schema: it resolves dynamic references by name only, misses what some keywords have
 * evaluated, confuses members called `__proto__` or `toString` with inherited ones, does not miss one whose name is empty, takes for
 * `contains` of an empty array what it last found in another or skips it beside a tuple, supports one draft at a time, and reads numbers
 * as doubles.
 */
function isBeyondAjv(texts: readonly string[], schema: JsonValue, dialect: Dialect): boolean {
  const values = texts.map((text, index) => (index === 0 ? schema : parseJson(text)));
  const has = (keyword: string) => texts.some((text) => text.includes(`"${keyword}"`));
  return (
    has("$dynamicRef") ||
    has("$recursiveRef") ||
    INHERITED_NAMES.some(has) ||
    has("contains") ||
    has("unevaluatedItems") ||
    has("unevaluatedProperties") ||
    namesVocabulary(schema) ||
    (has("") && values.some(requiresEmptyName)) ||
    mixesDialects(values, dialect) ||
    !texts.every((text, index) => holdsDoubles(text, values[index]))
  );
}

/** Whether `required`, `dependentRequired` or `dependencies` lists the empty name, here or further down. */
function requiresEmptyName(value: JsonValue): boolean {
  if (isJsonArray(value)) return value.some(requiresEmptyName);
  if (!isJsonObject(value)) return false;
  const lists: (JsonValue | undefined)[] = [value.get("required")];
  for (const keyword of ["dependentRequired", "dependencies"]) {
    const byName = value.get(keyword);
    if (isJsonObject(byName)) lists.push(...byName.values());
  }
  return (
    lists.some((list) => list !== undefined && isJsonArray(list) && list.includes("")) ||
    [...value.values()].some(requiresEmptyName)
  );
}

/**
 * The schema, and the documents that it may refer to: those whose URI's last part occurs in it. Without escapes that names do not need,
 * so that keywords can be looked for in the texts.
 */
function textsInReach({ schemaText, documents = {} }: SchemaSource): string[] {
  const texts = [withoutEscapes(schemaText)];
  const left = new Map(Object.entries(documents));
  for (let i = 0; i < texts.length; i++) {
    for (const [uri, text] of left) {
      const name = uri
        .replace(/[#/]+$/, "")
        .split("/")
        .at(-1)!;
      if (!texts[i].includes(name)) continue;
      left.delete(uri);
      texts.push(withoutEscapes(text));
    }
  }
  return texts;
}

function withoutEscapes(text: string): string {
  return text.includes("\\") ? writeJson(parseJson(text)) : text;
}

/** Whether documents, or schemas in them, have different drafts. Ajv assumes a single one. */
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

/** Whether `$schema` is a custom metaschema, whose vocabularies Ajv does not support. */
function namesVocabulary(schema: JsonValue): boolean {
  return isJsonObject(schema) && typeof schema.get("$schema") === "string" && dialectOf(schema) === undefined;
}
