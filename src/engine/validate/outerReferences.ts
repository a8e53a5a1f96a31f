import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../json/index.js";
import { DATA_KEYWORDS } from "./schemaPlaces.js";

/** A schema with its own identifier, and the enclosing ones. */
interface Resource {
  readonly root: JsonObject;
  readonly uri: string;
  readonly outer: Resource | undefined;
}

/**
 * Some generated schemas have an identifier in every subschema, but pointers relative to the document's root. A pointer without a target
 * in its own resource is rewritten as one into the nearest enclosing resource in which it has a target.
 */
export function withOuterReferences(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema) || !hasIdentifiersInside(schema)) return schema;
  const root = { root: schema, uri: identifierOf(schema) ?? "", outer: undefined };
  return root.uri === "" ? schema : rewrite(schema, root);
}

function hasIdentifiersInside(schema: JsonObject): boolean {
  const look = (value: JsonValue): boolean => {
    if (isJsonArray(value)) return value.some(look);
    return isJsonObject(value) && (identifierOf(value) !== undefined || [...value.values()].some(look));
  };
  return [...schema.values()].some(look);
}

/** The identifier of a schema that opens a resource. */
function identifierOf(schema: JsonObject): string | undefined {
  const id = schema.get("$id") ?? schema.get("id");
  return typeof id === "string" && !id.startsWith("#") && !schema.has("$ref") ? id : undefined;
}

function rewrite(value: JsonValue, around: Resource): JsonValue {
  if (isJsonArray(value)) return value.map((item) => rewrite(item, around));
  if (!isJsonObject(value)) return value;
  const id = value === around.root ? undefined : identifierOf(value);
  const resource = id === undefined ? around : { root: value, uri: resolve(around.uri, id), outer: around };
  const members = new Map<string, JsonValue>();
  for (const [name, member] of value) {
    if (name === "$ref" && typeof member === "string") members.set(name, aimed(member, resource));
    else members.set(name, DATA_KEYWORDS.has(name) ? member : rewrite(member, resource));
  }
  return members;
}

function aimed(reference: string, resource: Resource): string {
  if (!reference.startsWith("#/")) return reference;
  for (let from: Resource | undefined = resource; from !== undefined; from = from.outer) {
    if (leadsSomewhere(from.root, reference.slice(2))) {
      return from === resource ? reference : `${from.uri.replace(/#.*$/, "")}${reference}`;
    }
  }
  return reference;
}

function leadsSomewhere(root: JsonObject, steps: string): boolean {
  let value: JsonValue | undefined = root;
  for (const step of steps.split("/")) {
    const name: string = decode(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (isJsonArray(value ?? null)) value = (value as readonly JsonValue[])[Number(name)];
    else value = isJsonObject(value ?? null) ? (value as JsonObject).get(name) : undefined;
  }
  return value !== undefined;
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function resolve(base: string, reference: string): string {
  try {
    return new URL(reference, base).href;
  } catch {
    return reference;
  }
}
