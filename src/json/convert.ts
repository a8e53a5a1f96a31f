import { isJsonArray, JsonNumber, type JsonValue } from "./value.js";

/**
 * Converts a JavaScript value, as from `JSON.parse` or an object literal, to what `JSON.stringify` would write. Bigints become
 * integers; undefined members are omitted. Throws `TypeError` for values that are not JSON (functions, NaN).
 */
export function fromJavaScript(value: unknown): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) {
    return new JsonNumber(Object.is(value, -0) ? "-0" : String(value));
  }
  if (typeof value === "bigint") return new JsonNumber(String(value));
  if (value instanceof JsonNumber) return value;
  if (Array.isArray(value)) return value.map(fromJavaScript);
  if (value instanceof Map) {
    return new Map([...value].map(([name, member]) => [String(name), fromJavaScript(member)]));
  }
  if (typeof value === "object") {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return fromJavaScript(toJSON.call(value));
    const members = new Map<string, JsonValue>();
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) members.set(name, fromJavaScript(member));
    }
    return members;
  }
  throw new TypeError(`${typeof value === "number" ? String(value) : `A ${typeof value}`} is not JSON.`);
}

export interface ToJavaScriptOptions {
  /** Whether integers that a double would round become bigints. Default false: they are rounded, as by `JSON.parse`. */
  bigints?: boolean;
}

/** The value as `JSON.parse` would return it: doubles, and objects with own members (including one named `__proto__`). */
export function toJavaScript(value: JsonValue, options: ToJavaScriptOptions = {}): unknown {
  if (value instanceof JsonNumber) return toJavaScriptNumber(value, options.bigints === true);
  if (value === null || typeof value !== "object") return value;
  if (isJsonArray(value)) return value.map((item) => toJavaScript(item, options));
  const record: Record<string, unknown> = {};
  for (const [name, member] of value) {
    const own = toJavaScript(member, options);
    if (name === "__proto__") {
      Object.defineProperty(record, name, {
        value: own,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } else record[name] = own;
  }
  return record;
}

function toJavaScriptNumber({ text }: JsonNumber, bigints: boolean): number | bigint {
  const double = Number(text);
  if (!bigints || Number.isSafeInteger(double) || !/^-?\d+$/.test(text)) return double;
  return BigInt(text);
}
