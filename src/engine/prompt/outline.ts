import { isObjectPart, JsonNumber, type JsonPart } from "../../json/index.js";
import {
  Allowance,
  decodePart,
  itemsOf,
  type Keywords,
  meaningOf,
  membersOf,
  printPart,
  resolveReference,
} from "./schemaReader.js";

/**
 * A JSON Schema as a short type, similar to TypeScript: what a model needs to write good content. The mask guarantees validity, so the
 * outline has to be helpful and short, not complete. `limit`: maximum number of characters; descriptions are omitted first, then
 * depth, then the end of the text.
 */
export function outlineSchema(schema: JsonPart, limit = 6000): string {
  let text = "";
  for (const detail of DETAILS) {
    const allowance = new Allowance(limit);
    text = new Outline(schema, detail, allowance).text();
    if (text.length <= limit && !allowance.isUsedUp) return text;
  }
  return `${text.slice(0, limit)} ...`;
}

interface Detail {
  comments: boolean;
  depth: number;
  /** Maximum number of values of an enumeration. */
  choices: number;
}

const DETAILS: readonly Detail[] = [
  { comments: true, depth: 24, choices: 200 },
  { comments: false, depth: 24, choices: 40 },
  { comments: false, depth: 4, choices: 20 },
  { comments: false, depth: 2, choices: 10 },
];

class Outline {
  private readonly root: JsonPart;
  private readonly detail: Detail;
  private readonly allowance: Allowance;
  /** Names of referenced schemas, by reference, in order of discovery. */
  private readonly names = new Map<string, string>();
  /** How often a name was used. */
  private readonly wanted = new Map<string, number>();
  private readonly pending: { name: string; schema: JsonPart }[] = [];

  constructor(root: JsonPart, detail: Detail, allowance: Allowance) {
    this.root = root;
    this.detail = detail;
    this.allowance = allowance;
  }

  text(): string {
    let text = this.type(this.root, 0);
    const comment = this.comment(this.root);
    if (comment !== "") text = `${comment.trim()}\n${text}`;
    // Referenced schemas follow the first type; writing one may add others.
    for (let at = 0; at < this.pending.length && !this.allowance.isUsedUp; at++) {
      const { name, schema } = this.pending[at];
      text += `\ntype ${this.allowance.say(name)} = ${this.type(schema, 0)}${this.comment(schema)}`;
    }
    return text;
  }

  private type(part: JsonPart | undefined, depth: number): string {
    this.allowance.visit();
    if (this.allowance.isUsedUp || depth > this.detail.depth) return "...";
    if (!isObjectPart(part)) return this.allowance.say(part === false ? "never" : "any");
    const schema = part.members();
    const reference = schema.get("$ref");
    if (typeof reference === "string") return this.allowance.say(this.nameOf(reference));
    const constant = schema.get("const");
    if (constant !== undefined) return this.allowance.say(printPart(constant));
    const choices = itemsOf(schema.get("enum"));
    if (choices !== undefined) return this.choices(choices);
    const parts: string[] = [];
    for (const alternatives of [itemsOf(schema.get("anyOf")), itemsOf(schema.get("oneOf"))]) {
      if (alternatives === undefined) continue;
      const union = this.each(alternatives, (one) => this.type(one, depth + 1) + this.comment(one)).join(
        " | ",
      );
      parts.push(alternatives.length > 1 ? `(${union})` : union);
    }
    parts.push(...this.each(itemsOf(schema.get("allOf")) ?? [], (one) => this.type(one, depth + 1)));
    const own = this.ownType(schema, depth);
    if (own !== "any" || parts.length === 0) parts.unshift(own);
    return parts.join(" & ");
  }

  private ownType(schema: Keywords, depth: number): string {
    const type = schema.get("type");
    if (type === undefined) {
      if (isObjectPart(schema.get("properties"))) return this.object(schema, depth);
      if (schema.has("items") || schema.has("prefixItems")) return this.array(schema, depth);
      return "any";
    }
    return this.each(itemsOf(type) ?? [type], (name) => {
      if (name === "object") return this.object(schema, depth);
      if (name === "array") return this.array(schema, depth);
      if (name === "string") return this.allowance.say(`string${this.stringLimits(schema)}`);
      if (name === "integer" || name === "number") {
        return this.allowance.say(`${name}${this.numberLimits(schema)}`);
      }
      return this.allowance.say(typeof name === "string" ? name : printPart(name));
    }).join(" | ");
  }

  private object(schema: Keywords, depth: number): string {
    const required = new Set(itemsOf(schema.get("required")));
    const members = this.each(membersOf(schema.get("properties")), ([name, member]) => {
      if (member === false) return "";
      const head = this.allowance.say(`${JSON.stringify(name)}${required.has(name) ? "" : "?"}: `);
      return head + this.type(member, depth + 1) + this.comment(member);
    }).filter((member) => member !== "");
    const others = [
      schema.get("additionalProperties"),
      ...membersOf(schema.get("patternProperties")).values(),
    ];
    for (const other of others) {
      if (isObjectPart(other))
        members.push(`[key: string]: ${this.type(other, depth + 1)}${this.comment(other)}`);
    }
    return members.length === 0 ? this.allowance.say("object") : `{${members.join(", ")}}`;
  }

  private array(schema: Keywords, depth: number): string {
    const items = schema.get("items");
    const fixed = itemsOf(schema.get("prefixItems")) ?? itemsOf(items) ?? [];
    const count = range(schema.get("minItems"), schema.get("maxItems"));
    const size = this.allowance.say(count === "" ? "" : ` (${count} items)`);
    const types = this.each(fixed, (item) => this.type(item, depth + 1) + this.comment(item));
    if (types.length > 0) return `[${types.join(", ")}]${size}`;
    const type = this.type(items, depth + 1);
    const grouped = /[ |&]/.test(type) && !type.startsWith("{") ? `(${type})` : type;
    return `${grouped}[]${size}${this.comment(items)}`;
  }

  /** The results of `write` for the elements of `list`, while there is room. */
  private each<Item>(list: Iterable<Item>, write: (item: Item) => string): string[] {
    const texts: string[] = [];
    for (const item of list) {
      if (this.allowance.isUsedUp) break;
      texts.push(write(item));
    }
    return texts;
  }

  private stringLimits(schema: Keywords): string {
    const limits: string[] = [];
    const [format, pattern] = [schema.get("format"), schema.get("pattern")];
    if (typeof format === "string") limits.push(format);
    if (typeof pattern === "string" && pattern.length <= 80) limits.push(`/${pattern}/`);
    const length = range(schema.get("minLength"), schema.get("maxLength"));
    if (length !== "" && length !== "1 or more") limits.push(`${length} characters`);
    return limits.length === 0 ? "" : ` (${limits.join(", ")})`;
  }

  private numberLimits(schema: Keywords): string {
    const lower = schema.get("minimum") ?? schema.get("exclusiveMinimum");
    const upper = schema.get("maximum") ?? schema.get("exclusiveMaximum");
    const limits = [range(lower, upper)].filter((limit) => limit !== "");
    const divisor = schema.get("multipleOf");
    if (divisor instanceof JsonNumber) limits.push(`a multiple of ${divisor}`);
    return limits.length === 0 ? "" : ` (${limits.join(", ")})`;
  }

  private choices(values: readonly JsonPart[]): string {
    const shown = this.each(values.slice(0, this.detail.choices), (value) =>
      this.allowance.say(printPart(value)),
    );
    if (shown.length < values.length) shown.push("...");
    return shown.join(" | ");
  }

  private comment(schema: JsonPart | undefined): string {
    if (!this.detail.comments || this.allowance.isUsedUp || !isObjectPart(schema)) return "";
    const text = meaningOf(schema.members());
    return text === "" ? "" : this.allowance.say(` /* ${text} */`);
  }

  private nameOf(reference: string): string {
    const known = this.names.get(reference);
    if (known !== undefined) return known;
    const last = reference.split(/[/#]/).findLast((part) => part !== "");
    const plain = last === undefined ? "Root" : decodePart(last).replace(/[^\p{L}\p{N}_]/gu, "_");
    const count = (this.wanted.get(plain) ?? 0) + 1;
    this.wanted.set(plain, count);
    const name = count === 1 ? plain : `${plain}_${count}`;
    this.names.set(reference, name);
    this.pending.push({ name, schema: resolveReference(this.root, reference) });
    return name;
  }
}

function range(lower: JsonPart | undefined, upper: JsonPart | undefined): string {
  const low = lower instanceof JsonNumber ? lower.text : undefined;
  const high = upper instanceof JsonNumber ? upper.text : undefined;
  if (low !== undefined && high !== undefined) return low === high ? low : `${low} to ${high}`;
  if (low !== undefined) return `${low} or more`;
  return high !== undefined ? `at most ${high}` : "";
}
