/**
 * JSON as it was written: numbers keep their digits, objects keep the order of their names. What `JSON.parse` makes of a
 * text loses both (doubles round, whole-number names move to the front), so schemas, documents and bodies are read here.
 */
export type JsonValue = null | boolean | string | JsonNumber | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
/** Names in the order in which they were written; where a name repeats, the last value stands at the first place. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A number by its text (RFC 8259, section 6). */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double; infinite where no double is near. */
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
