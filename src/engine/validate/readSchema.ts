import type { Dialect } from "../../constraint/index.js";
import { isJsonArray, isJsonObject, JsonNumber, type JsonValue, toJavaScript } from "../../json/index.js";
import { canonicalText } from "./canonical.js";
import { isDouble } from "./decimal.js";
import { DIALECT_AGE, DIALECT_URIS, dialectOf } from "./dialects.js";
import { withOuterReferences } from "./outerReferences.js";
import { dialectOfResource, inOwnDraft } from "./ownDraft.js";
import { DATA_KEYWORDS, MAPS_OF_SCHEMAS } from "./schemaPlaces.js";

/**
 * Converts a schema for the validators' libraries: to a JavaScript value without what they would interpret differently from the
 * specification. Up to draft 7, siblings of `$ref` are ignored; `id` is only a keyword in draft 4, `nullable` belongs to OpenAPI, and
 * `$async` to Ajv, in which it turns verdicts into promises.
 */
export interface ReadingOptions {
  /** The dialect of schemas that name none. */
  dialect: Dialect;
  /** Whether bounds, `const` and `enum` are represented by their exact texts, for keywords that expect those. */
  exact: boolean;
}

/** Prefix of the canonical text of a value, to distinguish it from string values in the library's metaschemas. */
export const EXACT = "\0";

const URIS = new Set(["$id", "id", "$ref", "$dynamicRef"]);

/** The library does not accept `file:` URIs. */
export function webUri(uri: string): string {
  return uri.replace(/^file:\/\/\//, "https://file.invalid/");
}

/** Replacement of `integer` in draft 4, where `1.0` is not an integer. */
export const WHOLE_LITERAL = "whole literal";

const BESIDE_REFERENCE = new Set(["$ref", "$schema", "definitions", "$defs", "$comment", "title"]);
const IDENTIFIERS = new Set(["$id", "id"]);
const COMPARED = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]);

export function readSchema(schema: JsonValue, options: ReadingOptions): unknown {
  return read(inOwnDraft(withOuterReferences(schema), options.dialect), options, true);
}

function read(schema: JsonValue, around: ReadingOptions, isRoot = false): unknown {
  if (isJsonArray(schema)) return schema.map((item) => read(item, around));
  if (!isJsonObject(schema)) return toJavaScript(schema);
  const dialect = dialectOfResource(schema, around.dialect);
  const options = dialect === around.dialect ? around : { ...around, dialect };
  const isLegacy = DIALECT_AGE[dialect] < DIALECT_AGE["2019-09"];
  const alone = isLegacy && typeof schema.get("$ref") === "string";
  const members: [string, unknown][] = [];
  for (const [keyword, value] of schema) {
    if (alone && !(BESIDE_REFERENCE.has(keyword) || (isRoot && IDENTIFIERS.has(keyword)))) continue;
    if (keyword === "nullable" || keyword === "$async") continue;
    if (keyword === "id" && dialect !== "draft-04" && typeof value === "string") continue;
    const member = readMember(keyword, value, options);
    // The other library replaces an object with a `$ref` by its target, and loses the definitions next to it.
    members.push(
      alone && options.exact && keyword === "$ref" ? ["allOf", [{ $ref: member }]] : [keyword, member],
    );
  }
  return Object.fromEntries(members);
}

function readMember(keyword: string, value: JsonValue, options: ReadingOptions): unknown {
  if (options.exact) {
    if (keyword === "const") return EXACT + canonicalText(value);
    if (keyword === "enum" && isJsonArray(value)) return value.map((item) => EXACT + canonicalText(item));
    if (URIS.has(keyword) && typeof value === "string") return webUri(value);
    if (COMPARED.has(keyword) && value instanceof JsonNumber) return value.text;
    if (keyword === "type" && options.dialect === "draft-04") return typesOfDraft4(value);
  }
  if (keyword === "$schema") return metaschemaOf(value);
  if (DATA_KEYWORDS.has(keyword)) return toJavaScript(value);
  if (MAPS_OF_SCHEMAS.has(keyword) && isJsonObject(value)) {
    return Object.fromEntries([...value].map(([name, member]) => [name, read(member, options)]));
  }
  return read(value, options);
}

/** The libraries' name of a draft, for all its spellings and its hyper-schema. */
function metaschemaOf(value: JsonValue): unknown {
  const known = dialectOf(new Map([["$schema", value]]));
  return known === undefined ? toJavaScript(value) : DIALECT_URIS[known];
}

function typesOfDraft4(types: JsonValue): unknown {
  if (isJsonArray(types)) return types.map(typesOfDraft4);
  return types === "integer" ? WHOLE_LITERAL : types;
}

/** Whether doubles distinguish all numbers of a text, so that JavaScript's arithmetic is exact for them. */
export function holdsDoubles(text: string, value: JsonValue): boolean {
  // Shorter numbers without an exponent need no check.
  return !/[\d.]{16}|\d[eE][+-]?\d/.test(text) || everyDouble(value);
}

function everyDouble(value: JsonValue): boolean {
  if (value instanceof JsonNumber) return isDouble(value.text);
  if (isJsonArray(value)) return value.every(everyDouble);
  if (isJsonObject(value)) return [...value.values()].every(everyDouble);
  return true;
}
