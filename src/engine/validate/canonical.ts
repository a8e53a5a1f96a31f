import { isJsonArray, isJsonObject, JsonNumber, type JsonValue } from "../../json/index.js";
import { canonicalNumber } from "./decimal.js";

/** A text that is equal exactly for equal values: members sorted by name, numbers by value. */
export function canonicalText(value: JsonValue): string {
  if (value instanceof JsonNumber) return canonicalNumber(value.text);
  if (isJsonArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const names = [...value.keys()].sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value.get(name)!)}`).join(",")}}`;
}
