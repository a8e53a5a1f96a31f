import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from "../../json/index.js";

/** Keywords that neither restrict nor name members. */
const SILENT = new Set([
  ...["$schema", "$id", "$comment", "$defs", "definitions", "type"],
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"],
]);

/**
 * The schema of a tool's arguments: an object, even if `parameters` does not require it. Parameters that say nothing of members (`true`,
 * `{}`, `{"type": "object"}`), as libraries write those of functions without any, are an empty list of them.
 */
export function argumentsSchema(parameters: string): string {
  const schema = parseJson(parameters);
  if (schema === true) return '{"type":"object","properties":{}}';
  if (!isJsonObject(schema)) return parameters;
  if (namesNothing(schema)) {
    return writeJson(new Map<string, JsonValue>([...schema, ["type", "object"], ["properties", new Map()]]));
  }
  if (["type", "$ref", "allOf", "anyOf", "oneOf", "enum", "const"].some((keyword) => schema.has(keyword)))
    return parameters;
  return writeJson(new Map([["type", "object"], ...schema]));
}

function namesNothing(schema: JsonObject): boolean {
  return (
    (schema.get("type") ?? "object") === "object" &&
    [...schema.keys()].every((keyword) => SILENT.has(keyword))
  );
}
