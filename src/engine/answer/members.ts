import {
  escapePointerStep,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  writeJson,
} from "../../json/index.js";
import type { SchemaText, Tool } from "../../types.js";
import type { MemberLayout } from "./layout.js";
import { SchemaParts } from "./schemaParts.js";

/** An argument of a tool, for arguments written as members between tags. */
export interface Member {
  key: string;
  isRequired: boolean;
  schema: SchemaText;
  /** Any bare text, one of several texts, or JSON. */
  value:
    | { kind: "text" }
    | { kind: "choice"; choices: readonly string[] }
    | { kind: "json"; schema: SchemaText };
}

/** Keywords that the schema of arguments may have: any order and choice of members must be valid by the others. */
const OBJECT_KEYWORDS = new Set([
  "$schema",
  "$id",
  "$defs",
  "definitions",
  "$comment",
  "title",
  "description",
  "default",
  "examples",
  "type",
  "properties",
  "required",
  "additionalProperties",
]);
/** Keywords that do not restrict strings. */
const ANNOTATIONS = new Set(["type", "title", "description", "default", "examples", "$comment"]);
const REFERENCE = /"\$(?:ref|dynamicRef|recursiveRef)"\s*:/;
/** Keys that tags can contain. */
const KEY = /^[^<>"'&=\s[\]{}]+$/;
/** Characters that could start a tag. */
const TAG = "<";

/** Maximum number of members in a format that separates them: each optional one may be the first. */
const MAX_SEPARATED = 24;
const FLAT_TYPES = new Set<JsonValue>(["number", "integer", "boolean", "null"]);

/** The members of a tool's arguments; undefined if `layout` cannot express them. */
export function membersOf(tool: Tool, layout: MemberLayout): Member[] | undefined {
  const members = separateMembers(tool)?.map((member) => asWritten(member, layout));
  if (members === undefined) return undefined;
  if (layout.separator !== undefined && members.length > MAX_SEPARATED) return undefined;
  return layout.values === "flat" && !members.every(isFlat) ? undefined : members;
}

function asWritten(member: Member, { values }: MemberLayout): Member {
  return values === "json" ? { ...member, value: { kind: "json", schema: member.schema } } : member;
}

function isFlat({ value }: Member): boolean {
  if (value.kind !== "json") return true;
  const schema = parseJson(value.schema);
  return isJsonObject(schema) && FLAT_TYPES.has(schema.get("type") ?? null);
}

/** Undefined if the schema restricts more than the individual values. */
function separateMembers({ parameters }: Tool): Member[] | undefined {
  const schema = parseJson(parameters);
  if (schema === true) return [];
  if (!isJsonObject(schema) || [...schema.keys()].some((keyword) => !OBJECT_KEYWORDS.has(keyword)))
    return undefined;
  const properties = schema.get("properties") ?? new Map();
  const required = schema.get("required") ?? [];
  if (!isJsonObject(properties) || !isJsonArray(required)) return undefined;
  if ((schema.get("type") ?? "object") !== "object" || schema.get("$id") !== undefined) return undefined;
  if (required.some((key) => typeof key !== "string" || !properties.has(key))) return undefined;
  if ([...properties.keys()].some((key) => !KEY.test(key))) return undefined;
  return [...properties]
    .filter(([key, value]) => value !== false || required.includes(key))
    .map(([key, value]) => ({
      key,
      isRequired: required.includes(key),
      schema: schemaOf(value, schema, key),
      value: memberValue(value, schema, key),
    }));
}

function memberValue(value: JsonValue, whole: JsonObject, key: string): Member["value"] {
  const choices = choicesOf(value);
  if (choices !== undefined) return { kind: "choice", choices };
  if (
    isJsonObject(value) &&
    value.get("type") === "string" &&
    [...value.keys()].every((one) => ANNOTATIONS.has(one))
  )
    return { kind: "text" };
  return { kind: "json", schema: schemaOf(value, whole, key) };
}

/** The possible texts of a value, if they can be written as bare text. */
function choicesOf(value: JsonValue): string[] | undefined {
  if (!isJsonObject(value)) return undefined;
  const list = value.has("const") ? [value.get("const")] : value.get("enum");
  const others = [...value.keys()].filter(
    (one) => !ANNOTATIONS.has(one) && one !== "enum" && one !== "const",
  );
  if (!Array.isArray(list) || list.length === 0 || others.length > 0) return undefined;
  if (value.has("const") && value.has("enum")) return undefined;
  if ((value.get("type") ?? "string") !== "string") return undefined;
  const texts = list.filter((one) => typeof one === "string" && !one.includes(TAG) && one.trim() === one);
  return texts.length === list.length ? (texts as string[]) : undefined;
}

/** The schema of a single value; if it has references into the whole schema, it includes that. */
function schemaOf(value: JsonValue, whole: JsonObject, key: string): SchemaText {
  const dialect = whole.get("$schema");
  const text = writeJson(value);
  if (!REFERENCE.test(text)) {
    if (!isJsonObject(value) || dialect === undefined) return text;
    return writeJson(new Map([["$schema", dialect], ...value]));
  }
  const parts = new SchemaParts();
  parts.add("arguments", writeJson(whole));
  // A reference is written into a URI.
  const place = `#/$defs/arguments/properties/${encodeURIComponent(escapePointerStep(key))}`;
  return writeJson(parts.whole([["allOf", [new Map([["$ref", place]])]]]));
}
