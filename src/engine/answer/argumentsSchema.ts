import { isJsonObject, parseJson, writeJson } from "../../json/index.js";

/** Arguments are an object, even if the schema does not require it. */
export function argumentsSchema(parameters: string): string {
  const schema = parseJson(parameters);
  if (schema === true) return '{"type":"object"}';
  if (!isJsonObject(schema)) return parameters;
  if (["type", "$ref", "allOf", "anyOf", "oneOf", "enum", "const"].some((keyword) => schema.has(keyword)))
    return parameters;
  return writeJson(new Map([["type", "object"], ...schema]));
}
