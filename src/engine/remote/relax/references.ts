import type { JsonSchema } from "../../../types.js";
import { marked } from "./lossless.js";
import { isSchemaObject, type SchemaObject } from "./schemaObject.js";

/** Resolves references inside one schema. */
export class References {
  private readonly root: JsonSchema;
  private readonly named = new Map<string, JsonSchema>();

  constructor(root: JsonSchema) {
    this.root = root;
    this.collect(root);
  }

  /** The target of `reference`; undefined if it is not in this schema. */
  resolve(reference: string): JsonSchema | undefined {
    if (reference === "#") return this.root;
    if (reference.startsWith("#/")) return this.follow(this.root, reference.slice(1));
    const named = this.named.get(reference);
    if (named !== undefined) return named;
    const hash = reference.indexOf("#");
    if (hash <= 0) return undefined;
    const document = this.named.get(reference.slice(0, hash));
    return document === undefined ? undefined : this.follow(document, reference.slice(hash + 1));
  }

  private follow(from: JsonSchema, pointer: string): JsonSchema | undefined {
    let value: unknown = from;
    for (const step of pointer.split("/").slice(1)) {
      const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
      if (value === null || typeof value !== "object") return undefined;
      const key = Object.hasOwn(value, name) ? name : marked(name);
      if (!Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return isSchemaObject(value) || typeof value === "boolean" ? value : undefined;
  }

  /** All `$id`s and `$anchor`s, anywhere. */
  private collect(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.collect(item);
    } else if (isSchemaObject(value)) {
      this.name(value, value.$id ?? value.id, "");
      this.name(value, value.$anchor ?? value.$dynamicAnchor, "#");
      for (const [key, inner] of Object.entries(value)) {
        if (key !== "enum" && key !== "const") this.collect(inner);
      }
    }
  }

  private name(schema: SchemaObject, name: unknown, prefix: string): void {
    if (typeof name === "string" && !this.named.has(prefix + name)) this.named.set(prefix + name, schema);
  }
}
