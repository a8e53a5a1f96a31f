import type { Dialect } from "../../constraint/index.js";
import { isJsonArray, isJsonObject, JsonNumber, type JsonValue, toJavaScript } from "../../json/index.js";
import { canonicalText } from "./canonical.js";
import { isDouble } from "./decimal.js";
import { DIALECT_AGE, DIALECT_URIS, dialectOf } from "./dialects.js";
import { withOuterReferences } from "./outerReferences.js";
import { dialectOfResource, inOwnWords } from "./ownWords.js";
import { DATA_KEYWORDS, MAPS_OF_SCHEMAS } from "./places.js";

/**
 * A schema as the validators' libraries want it: a JavaScript value, without what they would read otherwise than the
 * specification. Up to draft 7 everything beside a `$ref` is to be ignored; `id` is a keyword of draft 4 alone, `nullable` one of
 * OpenAPI, and `$async` one of Ajv's own, which makes its verdicts promises.
 */
export interface ReadingOptions {
  /** Where the schema, or one within it, names none. */
  dialect: Dialect;
  /** Numbers to compare with, `const` and `enum` by their exact texts, for keywords that expect those. */
  exact: boolean;
}

/** Before the canonical text of a value, which sets it apart from a string value: the library's own metaschemas have those. */
export const EXACT = "\0";

const URIS = new Set(["$id", "id", "$ref", "$dynamicRef"]);

/** The library does not take schemas that are named by files. */
export function webUri(uri: string): string {
  return uri.replace(/^file:\/\/\//, "https://file.invalid/");
}

/** Whole numbers of draft 4, where `1.0` is none: what `integer` is read as. */
export const WHOLE_LITERAL = "whole literal";

const BESIDE_REFERENCE = new Set(["$ref", "$schema", "definitions", "$defs", "$comment", "title"]);
const IDENTIFIERS = new Set(["$id", "id"]);
const COMPARED = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]);

export function readSchema(schema: JsonValue, options: ReadingOptions): unknown {
  return read(inOwnWords(withOuterReferences(schema), options.dialect), options, true);
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
    // The other library takes an object with a `$ref` for the schema referred to, and loses the definitions beside it.
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

/** A draft by the name that the libraries know, for all its spellings and its hyper-schema. */
function metaschemaOf(value: JsonValue): unknown {
  const known = dialectOf(new Map([["$schema", value]]));
  return known === undefined ? toJavaScript(value) : DIALECT_URIS[known];
}

function typesOfDraft4(types: JsonValue): unknown {
  if (isJsonArray(types)) return types.map(typesOfDraft4);
  return types === "integer" ? WHOLE_LITERAL : types;
}

/** Whether all numbers of a text are what doubles tell apart, so that JavaScript's own arithmetic judges them rightly. */
export function holdsDoubles(text: string, value: JsonValue): boolean {
  // Shorter numbers without an exponent need no look.
  return !/[\d.]{16}|\d[eE][+-]?\d/.test(text) || everyDouble(value);
}

function everyDouble(value: JsonValue): boolean {
  if (value instanceof JsonNumber) return isDouble(value.text);
  if (isJsonArray(value)) return value.every(everyDouble);
  if (isJsonObject(value)) return [...value.values()].every(everyDouble);
  return true;
}
