import type { JsonSchema } from "../../types.js";
import { asObject, decodePart, isObject, type Keywords, resolveReference } from "./keywords.js";

/**
 * A JSON Schema as a short type, close to TypeScript: what a model needs to know to write good content.
 * The mask keeps the document valid, so nothing here has to be complete, only helpful and short.
 * `limit`: characters; descriptions go first, then depth, then the end of the text.
 */
export function outlineSchema(schema: JsonSchema, limit = 6000): string {
  for (const detail of DETAILS) {
    const text = new Outline(schema, detail).text(limit);
    if (text.length <= limit) return text;
  }
  return `${new Outline(schema, DETAILS[DETAILS.length - 1]).text(limit).slice(0, limit)} ...`;
}

interface Detail {
  comments: boolean;
  depth: number;
  /** Members of an enumeration. */
  choices: number;
}

const DETAILS: readonly Detail[] = [
  { comments: true, depth: 24, choices: 200 },
  { comments: false, depth: 24, choices: 40 },
  { comments: false, depth: 4, choices: 20 },
  { comments: false, depth: 2, choices: 10 },
];

class Outline {
  private readonly root: JsonSchema;
  private readonly detail: Detail;
  /** Names given to referenced schemas, by reference, in the order they were met. */
  private readonly names = new Map<string, string>();
  private readonly pending: { name: string; schema: unknown }[] = [];

  constructor(root: JsonSchema, detail: Detail) {
    this.root = root;
    this.detail = detail;
  }

  text(limit: number): string {
    let text = this.type(this.root, 0);
    const comment = this.comment(this.root);
    if (comment !== "") text = `${comment.trim()}\n${text}`;
    // Referenced schemas follow the first type; writing one may bring in others.
    for (let definition = this.pending.shift(); definition !== undefined; definition = this.pending.shift()) {
      if (text.length > limit) break;
      text += `\ntype ${definition.name} = ${this.type(definition.schema, 0)}`;
    }
    return text;
  }

  private type(schema: unknown, depth: number): string {
    if (!isObject(schema)) return schema === false ? "never" : "any";
    if (depth > this.detail.depth) return "...";
    if (typeof schema.$ref === "string") return this.reference(schema.$ref);
    if (Object.hasOwn(schema, "const")) return JSON.stringify(schema.const);
    if (Array.isArray(schema.enum)) return this.choices(schema.enum);
    const parts: string[] = [];
    for (const alternatives of [schema.anyOf, schema.oneOf]) {
      if (!Array.isArray(alternatives)) continue;
      const union = alternatives.map((one) => this.type(one, depth + 1)).join(" | ");
      parts.push(alternatives.length > 1 ? `(${union})` : union);
    }
    if (Array.isArray(schema.allOf)) parts.push(...schema.allOf.map((one) => this.type(one, depth + 1)));
    const own = this.ownType(schema, depth);
    if (own !== "any" || parts.length === 0) parts.unshift(own);
    return parts.join(" & ");
  }

  private ownType(schema: Keywords, depth: number): string {
    const declared = Array.isArray(schema.type) ? schema.type : [schema.type];
    if (schema.type === undefined) {
      if (isObject(schema.properties)) return this.object(schema, depth);
      if (schema.items !== undefined || schema.prefixItems !== undefined) return this.array(schema, depth);
      return "any";
    }
    return declared
      .map((name) => {
        if (name === "object") return this.object(schema, depth);
        if (name === "array") return this.array(schema, depth);
        if (name === "string") return `string${this.stringLimits(schema)}`;
        if (name === "integer" || name === "number") return `${name}${this.numberLimits(schema)}`;
        return String(name);
      })
      .join(" | ");
  }

  private object(schema: Keywords, depth: number): string {
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
    const members = properties
      .filter(([, member]) => member !== false)
      .map(([name, member]) => {
        const mark = required.has(name) ? "" : "?";
        return `${JSON.stringify(name)}${mark}: ${this.type(member, depth + 1)}${this.comment(member)}`;
      });
    const others = [schema.additionalProperties, ...Object.values(asObject(schema.patternProperties))];
    for (const other of others) {
      if (isObject(other)) members.push(`[key: string]: ${this.type(other, depth + 1)}`);
    }
    return members.length === 0 ? "object" : `{${members.join(", ")}}`;
  }

  private array(schema: Keywords, depth: number): string {
    const fixed = Array.isArray(schema.prefixItems)
      ? schema.prefixItems
      : Array.isArray(schema.items)
        ? schema.items
        : [];
    const count = range(schema.minItems, schema.maxItems);
    const size = count === "" ? "" : ` (${count} items)`;
    if (fixed.length > 0) return `[${fixed.map((item) => this.type(item, depth + 1)).join(", ")}]${size}`;
    const items = this.type(schema.items, depth + 1);
    return `${/[ |&]/.test(items) && !items.startsWith("{") ? `(${items})` : items}[]${size}`;
  }

  private stringLimits(schema: Keywords): string {
    const limits: string[] = [];
    if (typeof schema.format === "string") limits.push(schema.format);
    if (typeof schema.pattern === "string" && schema.pattern.length <= 80) limits.push(`/${schema.pattern}/`);
    const length = range(schema.minLength, schema.maxLength);
    if (length !== "" && length !== "1 or more") limits.push(`${length} characters`);
    return limits.length === 0 ? "" : ` (${limits.join(", ")})`;
  }

  private numberLimits(schema: Keywords): string {
    const lower = schema.minimum ?? schema.exclusiveMinimum;
    const upper = schema.maximum ?? schema.exclusiveMaximum;
    const limits = [range(lower, upper)].filter((limit) => limit !== "");
    if (typeof schema.multipleOf === "number") limits.push(`a multiple of ${schema.multipleOf}`);
    return limits.length === 0 ? "" : ` (${limits.join(", ")})`;
  }

  private choices(values: readonly unknown[]): string {
    const shown = values.slice(0, this.detail.choices).map((value) => JSON.stringify(value));
    if (shown.length < values.length) shown.push("...");
    return shown.join(" | ");
  }

  private comment(schema: unknown): string {
    if (!this.detail.comments || !isObject(schema)) return "";
    const text = schema.description ?? schema.title;
    if (typeof text !== "string" || text.trim() === "") return "";
    return ` /* ${text.trim().replace(/\s+/g, " ").slice(0, 300)} */`;
  }

  private reference(reference: string): string {
    const known = this.names.get(reference);
    if (known !== undefined) return known;
    const last = reference
      .split(/[/#]/)
      .filter((part) => part !== "")
      .pop();
    let name = last === undefined ? "Root" : decodePart(last).replace(/[^\p{L}\p{N}_]/gu, "_");
    while ([...this.names.values()].includes(name)) name += "_";
    this.names.set(reference, name);
    this.pending.push({ name, schema: resolveReference(this.root, reference) });
    return name;
  }
}

function range(lower: unknown, upper: unknown): string {
  const low = typeof lower === "number" ? lower : undefined;
  const high = typeof upper === "number" ? upper : undefined;
  if (low !== undefined && high !== undefined) return low === high ? `${low}` : `${low} to ${high}`;
  if (low !== undefined) return `${low} or more`;
  return high !== undefined ? `at most ${high}` : "";
}
