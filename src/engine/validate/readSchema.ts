import { isJsonArray, isJsonObject, JsonNumber, type JsonValue, toJavaScript } from "../../json/index.js";
import { canonicalText } from "./canonical.js";
import { isDouble } from "./decimal.js";

/**
 * A schema as the validators' libraries want it: a JavaScript value, without what they would read otherwise than the
 * specification. Up to draft 7 everything beside a `$ref` is to be ignored; `id` is a keyword of draft 4 alone, `nullable` one of
 * OpenAPI, and `$async` one of Ajv's own, which makes its verdicts promises.
 */
export interface ReadingOptions {
  /** Draft 7 or older. */
  legacy: boolean;
  keepId: boolean;
  /** Numbers to compare with, `const` and `enum` by their exact texts, for keywords that expect those. */
  exact: boolean;
}

const BESIDE_REFERENCE = new Set(["$ref", "$schema", "definitions", "$defs", "$comment", "title"]);
const IDENTIFIERS = new Set(["$id", "id"]);
const MAPS = new Set([
  "properties",
  "patternProperties",
  "definitions",
  "$defs",
  "dependentSchemas",
  "dependencies",
]);
const DATA = new Set(["const", "enum", "default", "examples"]);
const COMPARED = new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]);

export function readSchema(schema: JsonValue, options: ReadingOptions, isRoot = true): unknown {
  if (isJsonArray(schema)) return schema.map((item) => readSchema(item, options, false));
  if (!isJsonObject(schema)) return toJavaScript(schema);
  const alone = options.legacy && typeof schema.get("$ref") === "string";
  const members: [string, unknown][] = [];
  for (const [keyword, value] of schema) {
    if (alone && !(BESIDE_REFERENCE.has(keyword) || (isRoot && IDENTIFIERS.has(keyword)))) continue;
    if (keyword === "nullable" || keyword === "$async") continue;
    if (keyword === "id" && !options.keepId && typeof value === "string") continue;
    members.push([keyword, readMember(keyword, value, options)]);
  }
  return Object.fromEntries(members);
}

function readMember(keyword: string, value: JsonValue, options: ReadingOptions): unknown {
  if (options.exact) {
    if (keyword === "const") return canonicalText(value);
    if (keyword === "enum" && isJsonArray(value)) return value.map(canonicalText);
    if (COMPARED.has(keyword) && value instanceof JsonNumber) return value.text;
  }
  if (DATA.has(keyword)) return toJavaScript(value);
  if (MAPS.has(keyword) && isJsonObject(value)) {
    return Object.fromEntries([...value].map(([name, member]) => [name, readSchema(member, options, false)]));
  }
  return readSchema(value, options, false);
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
