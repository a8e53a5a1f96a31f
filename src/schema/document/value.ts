import { isIndex } from "./pointer.js";

/** Whether `value` can be a schema: an object or a boolean. */
export function isSchema(value: unknown): value is boolean | Readonly<Record<string, unknown>> {
  return typeof value === "boolean" || isSchemaObject(value);
}

/** A schema that is not a boolean. */
export function isSchemaObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The plain value at `steps[from]` ... `steps[to - 1]` below `value`. */
export function valueAt(value: unknown, steps: readonly string[], from: number, to: number): unknown {
  let at = value;
  for (let i = from; i < to; i++) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, steps[i])) return undefined;
    if (Array.isArray(at) && !isIndex(steps[i])) return undefined;
    at = (at as Record<string, unknown>)[steps[i]];
  }
  return at;
}
