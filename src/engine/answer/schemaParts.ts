import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseJson } from "../../json/index.js";
import type { SchemaText } from "../../types.js";

/** Keywords whose values are data, not schemas. */
const DATA = new Set(["const", "enum", "default", "examples"]);

/** Several schemas as parts of one. */
export class SchemaParts {
  private readonly parts = new Map<string, JsonValue>();
  private readonly dialects = new Set<string | undefined>();

  /** Takes `schemaText` in as `name`; returns the schema that stands for it. */
  add(name: string, schemaText: SchemaText): JsonValue {
    const schema = parseJson(schemaText);
    const pointer = `#/$defs/${name}`;
    this.parts.set(name, isJsonObject(schema) ? this.embedded(schema, pointer) : schema);
    return new Map([["$ref", pointer]]);
  }

  /** The schema whose own keywords are `keywords` and whose definitions are the parts. */
  whole(keywords: readonly (readonly [string, JsonValue])[]): JsonObject {
    // A dialect that the parts do not share cannot hold for the whole: each part is checked by its own schema besides.
    const [dialect] = this.dialects.size === 1 ? this.dialects : [undefined];
    return new Map<string, JsonValue>([
      ...(dialect === undefined ? [] : [["$schema", dialect] as const]),
      ...keywords,
      ...(this.parts.size === 0 ? [] : [["$defs", this.parts] as const]),
    ]);
  }

  /** References into the schema itself go on doing so from where it stands now. */
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
  // A schema with a name of its own is where its references begin.
  if (typeof value.get("$id") === "string") return value;
  return new Map([...value].map(([name, member]) => [name, rebased(name, member, base)]));
}

function moved(reference: string, base: string): string {
  if (reference === "#") return base;
  return reference.startsWith("#/") ? `${base}${reference.slice(1)}` : reference;
}
