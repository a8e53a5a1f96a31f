import { SchemaError } from "../../errors.js";
import { fromJavaScript, JsonNumber, type JsonValue, parseJson, pointerTo } from "../../json/index.js";
import type { JsonSchema } from "../../types.js";
import type { KeywordSource } from "./keyword.js";

export interface DocumentLimits {
  /** Length as JSON text. */
  readonly schemaBytes: number;
  /** Nesting depth. */
  readonly depth: number;
}

export interface Measurements {
  /** Length as JSON text, without white space and escapes. */
  size: number;
  /** Whether some object has a string under `$id`, `id`, `$anchor` or `$dynamicAnchor`, so that base URIs and anchors may change. */
  identifiers: boolean;
  /** Whether some object has `$dynamicRef` or `$recursiveRef`. */
  dynamic: boolean;
  /** Whether some object has a keyword with alternatives or negations, so that goals may be too large or not enforceable. */
  combines: boolean;
  /** Whether so many of these are in one place that alternatives may multiply. */
  crowded: boolean;
}

/** Number of simultaneous choices, in one `allOf` or map of dependencies, from which a schema counts as crowded. */
const CROWD = 8;

/** Throws `invalid_schema` for invalid JSON, `schema_too_large` beyond the limits. `location` is for errors. */
export function readDocument(
  schema: JsonSchema | string | JsonValue,
  limits: DocumentLimits,
  location: string,
): JsonValue {
  try {
    if (typeof schema === "string") {
      if (schema.length > limits.schemaBytes) throw tooLong(limits, location);
      return parseJson(schema, { depth: limits.depth + 1 });
    }
    bound(schema, limits.depth, limits, location, { size: 0 });
    return fromJavaScript(schema);
  } catch (cause) {
    if (cause instanceof SchemaError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    if (/levels of nesting/.test(why)) throw tooDeep(limits, location);
    const message = `The schema is not JSON: ${why}`;
    throw new SchemaError("invalid_schema", message, location, undefined, cause);
  }
}

/** Throws if a JavaScript value is too large to convert: the same object may occur many times, or inside itself. */
function bound(
  value: unknown,
  depthLeft: number,
  limits: DocumentLimits,
  location: string,
  found: { size: number },
): void {
  if (typeof value === "string") found.size += value.length + 2;
  else if (typeof value !== "object" || value === null || value instanceof JsonNumber) found.size += 1;
  else {
    if (depthLeft <= 0) throw tooDeep(limits, location);
    found.size += 2;
    const members = value instanceof Map ? value.values() : Object.values(value);
    for (const member of members) bound(member, depthLeft - 1, limits, location, found);
  }
  if (found.size > limits.schemaBytes) throw tooLong(limits, location);
}

/**
 * Measures a schema in one pass: its size, and which features it has. Throws `schema_too_large` if it is deeper or longer than
 * the limits.
 */
export function measure(
  schema: JsonValue,
  limits: DocumentLimits,
  keywords: KeywordSource,
  location: string,
): Measurements {
  const found: Measurements = {
    size: 0,
    identifiers: false,
    dynamic: false,
    combines: false,
    crowded: false,
  };
  /** The number of choices: in a list, the objects that have one. */
  const measureValue = (value: JsonValue, depthLeft: number): number => {
    let choices = 0;
    if (typeof value === "string") found.size += value.length + 2;
    else if (typeof value === "boolean") found.size += value ? 4 : 5;
    else if (value === null) found.size += 4;
    else if (value instanceof JsonNumber) found.size += value.text.length;
    else {
      found.size += 2;
      if (depthLeft <= 0) throw tooDeep(limits, location);
      if (Array.isArray(value)) {
        found.size += value.length;
        const members = new Map<string, number>();
        for (const item of value) {
          if (measureValue(item, depthLeft - 1) === 0) continue;
          const member = conditionalMember(item);
          if (member === undefined) choices++;
          else members.set(member, (members.get(member) ?? 0) + 1);
        }
        choices += choicesByMember(members, choices);
      } else {
        for (const [name, member] of value as ReadonlyMap<string, JsonValue>) {
          found.size += name.length + 4;
          const keyword = typeof member === "string" ? undefined : keywords.find(name);
          if (keyword === undefined) noteText(name, member);
          const inside = measureValue(member, depthLeft - 1);
          if (keyword?.combines === true) {
            found.combines = true;
            choices++;
            if (mayDeny(name, value) && bitsToFail(member) >= CROWD) found.crowded = true;
          }
          if (keyword?.inPlace !== true) continue;
          const together = !keyword.combines ? inside : keyword.holds === "one" ? 0 : sizeOf(member);
          if (together >= CROWD) found.crowded = true;
        }
      }
      if (found.size > limits.schemaBytes) throw tooLong(limits, location);
    }
    return choices;
  };
  const noteText = (name: string, member: JsonValue) => {
    if (typeof member !== "string") return;
    if (name === "$id" || name === "id" || name === "$anchor" || name === "$dynamicAnchor")
      found.identifiers = true;
    else if (name === "$dynamicRef" || name === "$recursiveRef") found.dynamic = true;
  };
  measureValue(schema, limits.depth);
  return found;
}

/** Maximum number of conditions on the values of one member that count as alternatives in one place. */
const MAX_VALUES = 500;

/** The member whose listed values are the schema's only condition; undefined for other schemas. */
function conditionalMember(schema: JsonValue): string | undefined {
  const condition = schema instanceof Map ? (schema.get("if") as JsonValue | undefined) : undefined;
  const properties = condition instanceof Map ? (condition.get("properties") as JsonValue) : undefined;
  if (!(properties instanceof Map) || properties.size !== 1) return undefined;
  for (const name of (condition as ReadonlyMap<string, JsonValue>).keys())
    if (name !== "properties" && name !== "required" && name !== "type") return undefined;
  const [[name, value]] = properties as ReadonlyMap<string, JsonValue>;
  return value instanceof Map && (value.has("const") || value.has("enum")) ? name : undefined;
}

/** The equivalent number of choices: alternatives of conditions on one member add up, those on several members multiply. */
function choicesByMember(members: ReadonlyMap<string, number>, others: number): number {
  let choices = 0;
  for (const count of members.values()) {
    if (count > MAX_VALUES) choices += count;
    else choices += members.size === 1 && others === 0 ? 1 : Math.log2(count + 2);
  }
  return choices;
}

/** Whether the schema under the keyword may have to fail. */
function mayDeny(keyword: string, schema: JsonValue): boolean {
  if (keyword === "contains") return schema instanceof Map && schema.has("maxContains");
  return keyword === "not" || keyword === "if";
}

/** Approximate binary logarithm of the number of ways in which a schema can fail: those of a union's branches multiply. */
function bitsToFail(schema: JsonValue | undefined): number {
  if (!(schema instanceof Map)) return 0;
  const { length = 0 } = (schema.get("required") ?? []) as { length?: number };
  let bits = Math.log2(1 + length + sizeOf(schema.get("properties")));
  for (const name of ["anyOf", "oneOf"]) {
    const branches: JsonValue | undefined = schema.get(name);
    if (Array.isArray(branches))
      bits = Math.max(
        bits,
        branches.reduce((sum: number, branch) => sum + bitsToFail(branch), 0),
      );
  }
  return bits;
}

/** Number of members of a map; 0 for other values. */
function sizeOf(value: JsonValue | undefined): number {
  return value instanceof Map ? value.size : 0;
}

function tooLong(limits: DocumentLimits, location: string): SchemaError {
  const message = `The schema is longer than ${limits.schemaBytes} bytes (limit schemaBytes).`;
  return new SchemaError("schema_too_large", message, location);
}

function tooDeep(limits: DocumentLimits, location: string): SchemaError {
  const message = `The schema is nested deeper than ${limits.depth} levels (limit depth).`;
  return new SchemaError("schema_too_large", message, location);
}

/** The pointer that extends `base` by the steps of `path` up to `length`. */
export function pointerOf(base: string, path: readonly (string | number)[], length: number): string {
  let pointer = base;
  for (let i = 0; i < length; i++) pointer = pointerTo(pointer, path[i]);
  return pointer;
}
