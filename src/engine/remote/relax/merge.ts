import { keywordFacts } from "../../../constraint/index.js";
import { isSchemaObject, type SchemaObject } from "./schemaObject.js";

/** The conjunction of two schemas as one schema, and the keywords of `right` that could not be merged. */
export interface Merged {
  schema: SchemaObject;
  lost: string[];
}

/**
 * Merges `left` and `right`. Exact for types, bounds, enumerations, properties and items; a keyword that both have and that cannot be
 * merged keeps `left`'s value. References remain unchanged.
 */
export function merge(left: SchemaObject, right: SchemaObject): Merged {
  const schema: SchemaObject = { ...left };
  const lost: string[] = [];
  const narrow = (one: unknown, other: unknown): unknown => {
    const merged = mergeAny(one, other);
    lost.push(...merged.lost);
    return merged.schema;
  };

  // Keys that one side declares are subject to the other side's rule for undeclared keys.
  if (isSchemaObject(left.properties) || isSchemaObject(right.properties)) {
    const properties: SchemaObject = {};
    const ofLeft = isSchemaObject(left.properties) ? left.properties : {};
    const ofRight = isSchemaObject(right.properties) ? right.properties : {};
    for (const key of new Set([...Object.keys(ofLeft), ...Object.keys(ofRight)])) {
      const one = Object.hasOwn(ofLeft, key) ? ofLeft[key] : (left.additionalProperties ?? true);
      const other = Object.hasOwn(ofRight, key) ? ofRight[key] : (right.additionalProperties ?? true);
      properties[key] = narrow(one, other);
    }
    schema.properties = properties;
  }

  for (const [keyword, value] of Object.entries(right)) {
    const own = left[keyword];
    if (keyword === "properties") continue;
    if (own === undefined) schema[keyword] = value;
    else if (JSON.stringify(own) === JSON.stringify(value)) continue;
    else if (keyword === "type") schema.type = commonTypes(own, value);
    else if (keyword === "required")
      schema.required = [...new Set([...(own as string[]), ...(value as string[])])];
    else if (keyword === "additionalProperties" || keyword === "items") schema[keyword] = narrow(own, value);
    else if (keyword === "enum") schema.enum = commonValues(own as unknown[], value as unknown[]);
    else if (keywordFacts(keyword)?.stricter === "greater" && bothNumbers(own, value))
      schema[keyword] = Math.max(own as number, value as number);
    else if (keywordFacts(keyword)?.stricter === "lesser" && bothNumbers(own, value))
      schema[keyword] = Math.min(own as number, value as number);
    else if (keyword === "uniqueItems") schema.uniqueItems = own === true || value === true;
    else lost.push(keyword);
  }
  return { schema, lost };
}

function mergeAny(left: unknown, right: unknown): { schema: unknown; lost: string[] } {
  if (left === false || right === false) return { schema: false, lost: [] };
  if (!isSchemaObject(left)) return { schema: right, lost: [] };
  if (!isSchemaObject(right)) return { schema: left, lost: [] };
  if (JSON.stringify(left) === JSON.stringify(right)) return { schema: left, lost: [] };
  if ("$ref" in left || "$ref" in right) return { schema: { allOf: [left, right] }, lost: [] };
  return merge(left, right);
}

function commonTypes(left: unknown, right: unknown): unknown {
  const ofLeft = Array.isArray(left) ? left : [left];
  const ofRight = Array.isArray(right) ? right : [right];
  const common = new Set<unknown>();
  for (const type of ofLeft) {
    if (ofRight.includes(type)) common.add(type);
    else if (type === "number" && ofRight.includes("integer")) common.add("integer");
    else if (type === "integer" && ofRight.includes("number")) common.add("integer");
  }
  return common.size === 1 ? [...common][0] : [...common];
}

function commonValues(left: unknown[], right: unknown[]): unknown[] {
  const texts = new Set(right.map((value) => JSON.stringify(value)));
  return left.filter((value) => texts.has(JSON.stringify(value)));
}

function bothNumbers(left: unknown, right: unknown): boolean {
  return typeof left === "number" && typeof right === "number";
}
