import { isJsonArray, JsonNumber, type JsonValue } from "./value.js";

/** The value as compact JSON: numbers by their own text, names in their order. */
export function printJson(value: JsonValue): string {
  const parts: string[] = [];
  print(value, parts);
  return parts.join("");
}

function print(value: JsonValue, parts: string[]): void {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    parts.push(JSON.stringify(value));
  } else if (value instanceof JsonNumber) {
    parts.push(value.text);
  } else if (isJsonArray(value)) {
    parts.push("[");
    for (let i = 0; i < value.length; i++) {
      if (i > 0) parts.push(",");
      print(value[i], parts);
    }
    parts.push("]");
  } else {
    parts.push("{");
    let first = true;
    for (const [name, member] of value) {
      if (!first) parts.push(",");
      first = false;
      parts.push(JSON.stringify(name), ":");
      print(member, parts);
    }
    parts.push("}");
  }
}
