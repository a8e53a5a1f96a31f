import type { Dialect } from "../../constraint/index.js";
import { isJsonArray, isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../json/index.js";
import { canonicalText } from "./canonical.js";
import { DIALECT_AGE, dialectOf } from "./dialects.js";
import { FORMAT_CHECKS } from "./formats.js";
import { DATA_KEYWORDS, MAPS_OF_SCHEMAS } from "./schemaPlaces.js";

/**
 * Normalises schemas that mix drafts to keywords of their own draft, because libraries ignore, misinterpret or fail on others.
 * docs/json-schema.md documents the meaning of older and mixed spellings.
 */

/** The first draft of keywords that some library also applies in older ones. */
const SINCE: Readonly<Record<string, Dialect>> = {
  contains: "draft-06",
  propertyNames: "draft-06",
  if: "draft-07",
  then: "draft-07",
  else: "draft-07",
  dependentRequired: "2019-09",
  dependentSchemas: "2019-09",
  minContains: "2019-09",
  maxContains: "2019-09",
  unevaluatedItems: "2019-09",
  unevaluatedProperties: "2019-09",
  $recursiveRef: "2019-09",
  prefixItems: "2020-12",
  $dynamicRef: "2020-12",
};

/** `schema`, of `dialect` unless it names another. */
export function inOwnDraft(schema: JsonValue, dialect: Dialect): JsonValue {
  if (isJsonArray(schema)) return schema.map((item) => inOwnDraft(item, dialect));
  if (typeof schema === "boolean" && dialect === "draft-04")
    return new Map(schema ? [] : [["not", new Map()]]);
  if (!isJsonObject(schema)) return schema;
  const own = dialectOfResource(schema, dialect);
  const result = new OwnDraft(own, schema);
  for (const [keyword, value] of schema) result.add(keyword, value);
  return result.finish();
}

/** The dialect of a schema that has its own identifier and names one. */
export function dialectOfResource(schema: JsonObject, around: Dialect): Dialect {
  const named = dialectOf(schema);
  if (named === undefined) return around;
  const isAlone = DIALECT_AGE[named] < DIALECT_AGE["2019-09"] && typeof schema.get("$ref") === "string";
  const id = schema.get(named === "draft-04" ? "id" : "$id");
  return typeof id === "string" && !id.startsWith("#") && !isAlone ? named : around;
}

/** Maximum number of branches that remain unchanged. */
const MANY_BRANCHES = 200;
const BESIDE_VALUES = new Set(["title", "description", "$comment", "deprecated"]);

/** The values of branches that only list values; undefined also if `apart` is set and a value occurs in two of them. */
function listedValues(branches: readonly JsonValue[], apart: boolean): JsonValue[] | undefined {
  const values: JsonValue[] = [];
  const seen = new Set<string>();
  for (const branch of branches) {
    if (!isJsonObject(branch) || branch.has("const") === branch.has("enum")) return undefined;
    const listed = branch.has("const") ? [branch.get("const")!] : branch.get("enum")!;
    if (!isJsonArray(listed)) return undefined;
    for (const keyword of branch.keys()) {
      if (keyword !== "const" && keyword !== "enum" && !BESIDE_VALUES.has(keyword)) return undefined;
    }
    const own = new Map(listed.map((value) => [canonicalText(value), value]));
    for (const [text, value] of own) {
      if (seen.has(text) && apart) return undefined;
      if (!seen.has(text)) values.push(value);
      seen.add(text);
    }
  }
  return values;
}

/** One schema, keyword by keyword. */
class OwnDraft {
  private readonly dialect: Dialect;
  private readonly schema: JsonObject;
  private readonly members = new Map<string, JsonValue>();
  /** Further schemas that have to hold. */
  private readonly beside: JsonValue[] = [];

  constructor(dialect: Dialect, schema: JsonObject) {
    this.dialect = dialect;
    this.schema = schema;
  }

  add(keyword: string, value: JsonValue): void {
    const { dialect, members } = this;
    const age = DIALECT_AGE[dialect];
    const since = SINCE[keyword];
    if (since !== undefined && Object.hasOwn(SINCE, keyword) && age < DIALECT_AGE[since]) return;
    if (keyword === "const" && age === 0) this.beside.push(new Map([["enum", [value]]]));
    else if (
      (keyword === "anyOf" || keyword === "oneOf") &&
      isJsonArray(value) &&
      value.length > MANY_BRANCHES
    )
      this.addBranches(keyword, value);
    else if (keyword === "exclusiveMinimum" || keyword === "exclusiveMaximum") this.addBound(keyword, value);
    else if (keyword === "dependencies" && isJsonObject(value)) this.addDependencies(value);
    else if (keyword === "items" && isJsonArray(value) && dialect === "2020-12") {
      if (value.length > 0) members.set("prefixItems", this.inner(value));
      const rest = this.schema.get("additionalItems");
      if (rest !== undefined) members.set("items", this.inner(rest));
    } else if (keyword === "additionalItems" && dialect === "2020-12") return;
    else if (keyword === "required" && typeof value === "boolean") return;
    else if ((keyword === "id" || keyword === "$id") && typeof value === "string")
      this.addIdentifier(keyword, value);
    else if (keyword === "format") this.addFormat(value);
    else if (keyword === "contentEncoding" || keyword === "contentMediaType") this.addContent(keyword);
    else if (keyword === "prefixItems" && isJsonArray(value) && value.length === 0) return;
    else members.set(keyword, this.read(keyword, value));
  }

  finish(): JsonValue {
    const { beside, members } = this;
    if (beside.length === 0) return members;
    const before = members.get("allOf");
    members.set("allOf", [...(isJsonArray(before ?? null) ? (before as JsonValue[]) : []), ...beside]);
    return members;
  }

  /** Thousands of values with titles become a list of values: libraries generate code for that many branches for minutes. */
  private addBranches(keyword: "anyOf" | "oneOf", branches: readonly JsonValue[]): void {
    const listed = listedValues(branches, keyword === "oneOf");
    if (listed === undefined) this.members.set(keyword, this.read(keyword, branches as JsonValue));
    else this.beside.push(new Map([["enum", listed]]));
  }

  private inner(value: JsonValue): JsonValue {
    return inOwnDraft(value, this.dialect);
  }

  private read(keyword: string, value: JsonValue): JsonValue {
    if (DATA_KEYWORDS.has(keyword)) return value;
    if (MAPS_OF_SCHEMAS.has(keyword) && isJsonObject(value)) {
      return new Map([...value].map(([name, member]) => [name, this.inner(member)]));
    }
    // Boolean annotations are not schemas.
    return typeof value === "boolean" && !HOLD_SCHEMAS.has(keyword) ? value : this.inner(value);
  }

  /** Anchors written with the keyword of another draft. */
  private addIdentifier(keyword: "id" | "$id", value: string): void {
    const { dialect, members, schema } = this;
    const own = dialect === "draft-04" ? "id" : "$id";
    if (keyword === own || !value.startsWith("#") || schema.has(own)) members.set(keyword, value);
    else if (DIALECT_AGE[dialect] < DIALECT_AGE["2019-09"]) members.set(own, value);
    else members.set("$anchor", value.slice(1));
  }

  /** Flags of a bound up to draft 4, separate bounds later. */
  private addBound(keyword: "exclusiveMinimum" | "exclusiveMaximum", value: JsonValue): void {
    const isOld = this.dialect === "draft-04";
    const limit = keyword === "exclusiveMinimum" ? "minimum" : "maximum";
    if (typeof value === "boolean" && !isOld) {
      const bound = this.schema.get(limit);
      if (value && bound instanceof JsonNumber) this.members.set(keyword, bound);
    } else if (value instanceof JsonNumber && isOld) {
      this.beside.push(
        new Map<string, JsonValue>([
          [limit, value],
          [keyword, true],
        ]),
      );
    } else this.members.set(keyword, value);
  }

  /** `uuid` is defined since draft 2019-09; before, it depends on validators. Unknown names are annotations. */
  private addFormat(value: JsonValue): void {
    if (typeof value !== "string" || value.startsWith("(") || !Object.hasOwn(FORMAT_CHECKS, value)) return;
    const isLoose = value === "uuid" && DIALECT_AGE[this.dialect] < DIALECT_AGE["2019-09"];
    this.members.set("format", isLoose ? "guid" : value);
  }

  /** Contents of strings, asserted in draft 7 only and annotations later. Both keywords are processed together. */
  private addContent(keyword: "contentEncoding" | "contentMediaType"): void {
    const encoding = this.schema.get("contentEncoding");
    if (this.dialect !== "draft-07" || (keyword === "contentMediaType" && encoding !== undefined)) return;
    const mediaType = this.schema.get("contentMediaType");
    const isJson = typeof mediaType === "string" && /^\s*application\/json\s*(?:;|$)/i.test(mediaType);
    const isBase64 = typeof encoding === "string" && encoding.toLowerCase() === "base64";
    if (encoding !== undefined && !isBase64) return;
    const name = [...(isBase64 ? ["base64"] : []), ...(isJson ? ["json"] : [])].join(" ");
    if (name !== "") this.beside.push(new Map([["format", `(${name})`]]));
  }

  /** `dependencies` up to draft 7, two keywords later. */
  private addDependencies(value: JsonObject): void {
    const names = new Map<string, JsonValue>();
    const schemas = new Map<string, JsonValue>();
    for (const [name, needs] of value) {
      if (typeof needs === "string") names.set(name, [needs]);
      else if (isJsonArray(needs)) names.set(name, needs);
      else schemas.set(name, this.inner(needs));
    }
    if (DIALECT_AGE[this.dialect] < DIALECT_AGE["2019-09"]) {
      this.members.set("dependencies", new Map([...names, ...schemas]));
      return;
    }
    if (names.size > 0) this.beside.push(new Map([["dependentRequired", names]]));
    if (schemas.size > 0) this.beside.push(new Map([["dependentSchemas", schemas]]));
  }
}

/** Keywords under which a boolean is a schema. */
const HOLD_SCHEMAS = new Set([
  ..."items additionalItems contains additionalProperties propertyNames not if then else".split(" "),
  ..."unevaluatedItems unevaluatedProperties contentSchema".split(" "),
]);
