import { JsonNumber } from "./value.js";

/** A JSON text that `writeJson` copies without a check, in place of a value. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A JavaScript value as JSON text, like `JSON.stringify`. In addition, `RawJson` is copied, a `JsonValue` keeps digits and order,
 * and bigints are integers. Throws `TypeError` if the value has no JSON (undefined, a function).
 */
export function writeJson(value: unknown): string {
  const parts: string[] = [];
  if (!write(value, parts)) throw new TypeError(`A value of type ${typeof value} has no JSON.`);
  return parts.join("");
}

/** The same on one line: line breaks in a `RawJson`, which are white space between tokens, become spaces. */
export function writeJsonLine(value: unknown): string {
  return writeJson(value).replace(/[\r\n]/g, " ");
}

/** Whether the value has a JSON text; if not, nothing was written. */
function write(value: unknown, parts: string[]): boolean {
  if (value instanceof RawJson || value instanceof JsonNumber) parts.push(value.text);
  else if (typeof value === "bigint") parts.push(String(value));
  else if (Array.isArray(value)) writeArray(value, parts);
  else if (value instanceof Map) writeMembers(value, parts);
  else if (typeof value === "object" && value !== null) {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return write(toJSON.call(value), parts);
    writeMembers(Object.entries(value), parts);
  } else {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return false;
    parts.push(text);
  }
  return true;
}

function writeArray(items: readonly unknown[], parts: string[]): void {
  parts.push("[");
  for (let i = 0; i < items.length; i++) {
    if (i > 0) parts.push(",");
    if (!write(items[i], parts)) parts.push("null");
  }
  parts.push("]");
}

function writeMembers(members: Iterable<readonly [unknown, unknown]>, parts: string[]): void {
  parts.push("{");
  let separator = "";
  for (const [name, member] of members) {
    const before = parts.length;
    parts.push(separator, JSON.stringify(String(name)), ":");
    if (write(member, parts)) separator = ",";
    else parts.length = before;
  }
  parts.push("}");
}
