import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../json/index.js";
import type { SchemaText } from "../../types.js";

/** Keywords whose values are data, not schemas. */
const DATA = new Set(["const", "enum", "default", "examples"]);

/** Combines several schemas into one. */
export class SchemaParts {
  private readonly parts = new Map<string, JsonValue>();
  private readonly dialects = new Set<string | undefined>();

  /** Adds `schemaText` under `name`; returns a schema that refers to it. */
  add(name: string, schemaText: SchemaText): JsonValue {
    const schema = parseJson(schemaText);
    const pointer = `#/$defs/${name}`;
    this.parts.set(name, isJsonObject(schema) ? this.embedded(schema, pointer) : schema);
    return new Map([["$ref", pointer]]);
  }

  /** The schema with the keywords `keywords` and the parts as definitions. */
  whole(keywords: readonly (readonly [string, JsonValue])[]): JsonObject {
    // A dialect that not all parts share cannot apply to the whole; each part is also checked with its own schema.
    const [dialect] = this.dialects.size === 1 ? this.dialects : [undefined];
    return new Map<string, JsonValue>([
      ...(dialect === undefined ? [] : [["$schema", dialect] as const]),
      ...keywords,
      ...(this.parts.size === 0 ? [] : [["$defs", this.parts] as const]),
    ]);
  }

  /** Rewrites references into the schema itself for its new location. */
  private embedded(schema: JsonObject, pointer: string): JsonObject {
    const { dialect, id } = { dialect: schema.get("$schema"), id: schema.get("$id") };
    this.dialects.add(typeof dialect === "string" ? dialect : undefined);
    const base = typeof id === "string" ? `${id.replace(/#.*$/, "")}#` : pointer;
    return new Map(
      [...schema]
        .filter(([keyword]) => keyword !== "$schema")
        .map(([keyword, value]) => [keyword, rebased(keyword, value, base)]),
    );
  }
}

function rebased(keyword: string, value: JsonValue, base: string): JsonValue {
  if (keyword === "$ref" && typeof value === "string") return moved(value, base);
  if (DATA.has(keyword)) return value;
  if (isJsonArray(value)) return value.map((item) => rebased("", item, base));
  if (!isJsonObject(value)) return value;
  // References in a schema with an identifier are relative to it.
  if (typeof value.get("$id") === "string") return value;
  return new Map([...value].map(([name, member]) => [name, rebased(name, member, base)]));
}

function moved(reference: string, base: string): string {
  if (reference === "#") return base;
  return reference.startsWith("#/") ? `${base}${reference.slice(1)}` : reference;
}
