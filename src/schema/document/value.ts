import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../json/index.js";
import { isIndex } from "./pointer.js";

/** A schema: a boolean or an object of keywords. */
export type SchemaValue = boolean | JsonObject;

/** Whether `value` can be a schema: an object or a boolean. */
export function isSchema(value: JsonValue | undefined): value is SchemaValue {
  return typeof value === "boolean" || isJsonObject(value);
}

/** The member or item of `value` that a pointer's step selects. */
export function memberAt(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (isJsonObject(value)) return value.get(String(step));
  if (!isJsonArray(value)) return undefined;
  return typeof step === "number" || isIndex(step) ? value[Number(step)] : undefined;
}

/** The value at `steps[from]` ... `steps[to - 1]` below `value`. */
export function valueAt(
  value: JsonValue | undefined,
  steps: readonly string[],
  from: number,
  to: number,
): JsonValue | undefined {
  let at = value;
  for (let i = from; i < to && at !== undefined; i++) at = memberAt(at, steps[i]);
  return at;
}
