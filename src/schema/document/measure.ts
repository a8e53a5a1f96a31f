import { SchemaError } from "../../errors.js";
import { escapeStep } from "./pointer.js";

export interface Measurements {
  /** Length as JSON text without white space, escapes not counted. */
  size: number;
  /** Some object has a string under `$id`, `id`, `$anchor` or `$dynamicAnchor`: base URIs and anchors may change inside. */
  identifiers: boolean;
  /** Some object has `$dynamicRef` or `$recursiveRef`. */
  dynamic: boolean;
  /** Some object has a keyword that makes alternatives or negations: goals may turn out too large, or not to be honoured. */
  combines: boolean;
  /** Nothing but what JSON text can hold: no `undefined`, no class instances, no NaN. */
  plain: boolean;
}

/**
 * One pass over a schema as a plain value: how large it is, and what will have to be looked for in it.
 * Throws `schema_too_large` where it is deeper than `depth` (a cyclic object is) or longer than `bytes`.
 */
export function measure(schema: unknown, limits: { schemaBytes: number; depth: number }): Measurements {
  const found: Measurements = { size: 0, identifiers: false, dynamic: false, combines: false, plain: true };
  measureValue(schema, limits.depth, limits, found);
  return found;
}

function measureValue(
  value: unknown,
  depthLeft: number,
  limits: { schemaBytes: number; depth: number },
  found: Measurements,
): void {
  switch (typeof value) {
    case "string":
      found.size += value.length + 2;
      return;
    case "boolean":
      found.size += value ? 4 : 5;
      return;
    case "number":
      found.size += Number.isSafeInteger(value) && value >= 0 && value < 10 ? 1 : String(value).length;
      if (!Number.isFinite(value)) found.plain = false;
      return;
    case "object":
      break;
    default:
      found.plain = false;
      return;
  }
  if (value === null) {
    found.size += 4;
    return;
  }
  found.size += 2;
  if (depthLeft <= 0) throw tooDeep(limits.depth);
  if (Array.isArray(value)) {
    found.size += value.length;
    for (let i = 0; i < value.length; i++) measureValue(value[i], depthLeft - 1, limits, found);
    if (found.size > limits.schemaBytes) throw tooLong(limits.schemaBytes);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) found.plain = false;
  const members = value as Record<string, unknown>;
  for (const key in members) {
    found.size += key.length + 4;
    const member = members[key];
    if (typeof member === "string") {
      found.size += member.length + 2;
      if (key === "$id" || key === "id" || key === "$anchor" || key === "$dynamicAnchor")
        found.identifiers = true;
      else if (key === "$dynamicRef" || key === "$recursiveRef") found.dynamic = true;
    } else {
      if (!found.combines && COMBINING.has(key)) found.combines = true;
      measureValue(member, depthLeft - 1, limits, found);
    }
  }
  if (found.size > limits.schemaBytes) throw tooLong(limits.schemaBytes);
}

const COMBINING = new Set([
  "not",
  "oneOf",
  "if",
  "contains",
  "propertyNames",
  "unevaluatedProperties",
  "unevaluatedItems",
  "dependencies",
  "dependentSchemas",
  "dependentRequired",
  "patternProperties",
  "anyOf",
]);

function tooLong(bytes: number): SchemaError {
  return new SchemaError("schema_too_large", `The schema is longer than ${bytes} bytes.`, "");
}

function tooDeep(depth: number): SchemaError {
  return new SchemaError("schema_too_large", `The schema is nested deeper than ${depth} levels.`, "");
}

/**
 * The schema as what its JSON text holds: `undefined` members gone, `toJSON` called, no object in two places.
 * Throws `invalid_schema` for what has no JSON text.
 */
export function asJson(schema: unknown): unknown {
  try {
    const text = JSON.stringify(schema);
    if (text === undefined) throw new TypeError("it is not a JSON value");
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SchemaError(
      "invalid_schema",
      `The schema cannot be written as JSON: ${why}.`,
      "",
      undefined,
      cause,
    );
  }
}

/** Whether some object stands at two places of `schema`, as it can in memory though never in JSON text. */
export function hasSharedObjects(schema: unknown, seen = new Set<object>()): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  if (seen.has(schema)) return true;
  seen.add(schema);
  for (const member of Object.values(schema)) if (hasSharedObjects(member, seen)) return true;
  return false;
}

/** The pointer that extends `base` by the steps of `path` up to `length`. */
export function pointerOf(base: string, path: readonly (string | number)[], length: number): string {
  let pointer = base;
  for (let i = 0; i < length; i++) pointer += `/${escapeStep(path[i])}`;
  return pointer;
}
