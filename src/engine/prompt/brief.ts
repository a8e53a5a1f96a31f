import type { JsonSchema } from "../../types.js";
import { asObject, isObject, type Keywords, resolveReference } from "./keywords.js";

/** How deep members of members are listed. */
const DEPTH = 6;

/**
 * A JSON Schema as a list of names with what they mean, for small models: those take punctuation and limits for
 * something to copy. Undefined where the document is no object with named members.
 */
export function briefSchema(schema: JsonSchema, limit = 3000): string | undefined {
  for (let depth = DEPTH; depth > 0; depth--) {
    const text = new Brief(schema).members(schema, depth);
    if (text === "") return undefined;
    if (text.length <= limit) return text;
  }
  return undefined;
}

class Brief {
  private readonly root: JsonSchema;
  /** Schemas being told just now: one that leads back to itself is not told again. */
  private readonly telling: unknown[] = [];

  constructor(root: JsonSchema) {
    this.root = root;
  }

  /** `a, b (what it is), c (x, y or z)`; alternatives are joined by "or". Empty where nothing has a name. */
  members(schema: unknown, depth: number): string {
    const keywords = this.resolved(schema);
    if (keywords === undefined || depth <= 0) return "";
    const { properties } = keywords;
    if (isObject(properties) && this.telling.includes(properties)) return "";
    this.telling.push(properties);
    const own = Object.entries(asObject(properties))
      .filter(([, member]) => member !== false)
      .map(([name, member]) => name + this.meaning(member, depth));
    const parts = own.length === 0 ? [] : [own.join(", ")];
    if (Array.isArray(keywords.allOf)) parts.push(...this.each(keywords.allOf, depth));
    const alternatives = [keywords.anyOf, keywords.oneOf].flatMap((list) =>
      Array.isArray(list) ? list : [],
    );
    const texts = this.each(alternatives, depth);
    if (texts.length > 0) parts.push([...new Set(texts)].join("; or "));
    this.telling.pop();
    return parts.join(", ");
  }

  private each(schemas: readonly unknown[], depth: number): string[] {
    return schemas.map((one) => this.members(one, depth - 1)).filter((text) => text !== "");
  }

  private meaning(schema: unknown, depth: number): string {
    const keywords = this.resolved(schema);
    if (keywords === undefined) return "";
    const notes: string[] = [];
    if (typeof keywords.description === "string")
      notes.push(keywords.description.trim().replace(/\s+/g, " "));
    const inside = this.content(keywords, depth);
    if (inside !== "") notes.push(inside);
    return notes.length === 0 ? "" : ` (${notes.join(": ").slice(0, 300)})`;
  }

  /** The values or the members that may stand there. */
  private content(keywords: Keywords, depth: number): string {
    if (depth <= 0) return "";
    if (Object.hasOwn(keywords, "const")) return plain(keywords.const);
    if (Array.isArray(keywords.enum)) return keywords.enum.slice(0, 40).map(plain).join(", ");
    const inside = this.members(keywords, depth - 1);
    if (inside !== "") return inside;
    const items = this.resolved(keywords.items);
    if (items !== undefined) return this.content(items, depth - 1);
    return typeof keywords.format === "string" ? keywords.format : "";
  }

  /** The schema itself, or the one it refers to; undefined where there is nothing to read. */
  private resolved(schema: unknown): Keywords | undefined {
    let at = schema;
    for (let hops = 0; hops < 8 && isObject(at) && typeof at.$ref === "string"; hops++) {
      const { $ref, ...beside } = at;
      const target = resolveReference(this.root, $ref);
      at = isObject(target) ? { ...target, ...beside } : target;
    }
    return isObject(at) ? at : undefined;
  }
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
