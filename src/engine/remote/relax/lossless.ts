import { isJsonArray, isJsonObject, JsonNumber, type JsonValue, writeJson } from "../../../json/index.js";

// Schemas as lossless JavaScript values: numbers that a double would round keep their text, and names that objects would move to the
// front, or not have as own members, carry a mark.

const MARK = "\0";
const needsMark = (name: string): boolean => /^\d+$/.test(name) || name === "__proto__";
/** The encoded name of a member in such a value. */
export const marked = (name: string): string => (needsMark(name) ? MARK + name : name);
export const unmarked = (name: string): string => (name.startsWith(MARK) ? name.slice(MARK.length) : name);

export function toPlainSchema(value: JsonValue): unknown {
  if (value instanceof JsonNumber) {
    const double = value.toNumber();
    return String(double) === value.text ? double : value;
  }
  if (isJsonArray(value)) return value.map(toPlainSchema);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    [...value].map(([name, member]) => [
      marked(name),
      // The names that it lists are looked up among the properties.
      name === "required" && isJsonArray(member) ? member.map(markedString) : toPlainSchema(member),
    ]),
  );
}

function markedString(value: JsonValue): unknown {
  return typeof value === "string" ? marked(value) : toPlainSchema(value);
}

/** The JSON text of such a value. */
export function printPlainSchema(value: unknown): string {
  return writeJson(toJson(value));
}

function toJson(value: unknown): JsonValue {
  if (typeof value === "string") return unmarked(value);
  if (typeof value === "number") return new JsonNumber(String(value));
  if (value === null || typeof value !== "object") return value as JsonValue;
  if (value instanceof JsonNumber) return value;
  if (Array.isArray(value)) return value.map(toJson);
  return new Map(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [unmarked(name), toJson(member)]),
  );
}
