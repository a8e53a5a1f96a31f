/**
 * JSON as it was written: numbers keep their digits, objects the order of their names. `JSON.parse` loses both (doubles round,
 * and integer-like names move to the front), so schemas, documents and bodies are parsed to these values.
 */
export type JsonValue = null | boolean | string | JsonNumber | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
/** Names in their original order; for a repeated name, the last value at the first position. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A number, as its text (RFC 8259, section 6). */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double; infinite if the number is out of range. */
  toNumber(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isJsonArray(value: JsonValue | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** Whether a JavaScript value, as from `JSON.parse`, is an object with members: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
