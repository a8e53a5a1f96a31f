import { isObjectPart, type JsonPart } from "../../json/index.js";
import {
  Allowance,
  itemsOf,
  type Keywords,
  meaningOf,
  membersOf,
  printPart,
  resolveReference,
} from "./schemaReader.js";

/** Maximum depth of nested members. */
const DEPTH = 6;
/** Maximum characters about one member. */
const MEANING_CHARACTERS = 300;
/** Maximum length of a chain of references. */
const MAX_HOPS = 8;

/**
 * A JSON Schema as a list of names and meanings, for small models, which would copy punctuation and limits. Undefined if the document
 * is not an object with named members, or they exceed `limit` characters.
 */
export function briefSchema(schema: JsonPart, limit = 3000): string | undefined {
  for (let depth = DEPTH; depth > 0; depth--) {
    const allowance = new Allowance(limit);
    const text = new Brief(schema, allowance).document(depth);
    if (text === "" && !allowance.isUsedUp) return undefined;
    if (text.length <= limit && !allowance.isUsedUp) return text;
  }
  return undefined;
}

class Brief {
  private readonly root: JsonPart;
  private readonly allowance: Allowance;
  /** Schemas being described, to detect cycles. */
  private readonly open = new Set<Keywords>();

  constructor(root: JsonPart, allowance: Allowance) {
    this.root = root;
    this.allowance = allowance;
  }

  document(depth: number): string {
    const members = this.members(this.root, depth);
    if (members === "") return "";
    const meaning = meaningOf(this.resolved(this.root) ?? new Map());
    return meaning === "" ? members : `${members} (all of it: ${this.allowance.say(meaning)})`;
  }

  /** `a, b (description), c (x, y or z)`; alternatives are joined by "or". Empty without names. */
  private members(schema: JsonPart | undefined, depth: number): string {
    return this.membersOf(this.resolved(schema), depth);
  }

  private membersOf(keywords: Keywords | undefined, depth: number): string {
    this.allowance.visit();
    if (keywords === undefined || depth <= 0 || this.allowance.isUsedUp) return "";
    if (this.open.has(keywords)) return "";
    this.open.add(keywords);
    const own = this.each(membersOf(keywords.get("properties")), ([name, member]) =>
      member === false ? "" : this.allowance.say(name) + this.meaning(member, depth),
    );
    const parts = own.length === 0 ? [] : [own.join(", ")];
    const list = (name: string) => itemsOf(keywords.get(name)) ?? [];
    parts.push(...this.each(list("allOf"), (one) => this.members(one, depth - 1)));
    const alternatives = this.each([...list("anyOf"), ...list("oneOf")], (one) =>
      this.alternative(one, depth),
    );
    if (alternatives.length > 0) parts.push([...new Set(alternatives)].join("; or "));
    this.open.delete(keywords);
    return parts.join(", ");
  }

  private alternative(schema: JsonPart, depth: number): string {
    const members = this.members(schema, depth - 1);
    const meaning = members === "" ? "" : meaningOf(this.resolved(schema) ?? new Map());
    return meaning === "" ? members : `${this.allowance.say(meaning)}: ${members}`;
  }

  private each<Item>(list: Iterable<Item>, write: (item: Item) => string): string[] {
    const texts: string[] = [];
    for (const item of list) {
      if (this.allowance.isUsedUp) break;
      const text = write(item);
      if (text !== "") texts.push(text);
    }
    return texts;
  }

  private meaning(schema: JsonPart, depth: number): string {
    const keywords = this.resolved(schema);
    if (keywords === undefined || this.allowance.isUsedUp) return "";
    const notes = [this.allowance.say(meaningOf(keywords)), this.content(keywords, depth)];
    const said = notes.filter((note) => note !== "");
    return said.length === 0 ? "" : ` (${said.join(": ").slice(0, MEANING_CHARACTERS)})`;
  }

  /** The possible values or members. */
  private content(keywords: Keywords, depth: number): string {
    if (depth <= 0 || this.allowance.isUsedUp) return "";
    const constant = keywords.get("const");
    if (constant !== undefined) return this.allowance.say(plain(constant));
    const choices = itemsOf(keywords.get("enum"));
    if (choices !== undefined) return this.allowance.say(choices.slice(0, 40).map(plain).join(", "));
    const inside = this.membersOf(keywords, depth - 1);
    if (inside !== "") return inside;
    const items = this.resolved(keywords.get("items"));
    if (items !== undefined) {
      const notes = [this.allowance.say(meaningOf(items)), this.content(items, depth - 1)];
      return notes.filter((note) => note !== "").join(": ");
    }
    const format = keywords.get("format");
    return typeof format === "string" ? this.allowance.say(format) : "";
  }

  /** The schema, or the target of its reference combined with its own members; undefined if there is nothing to describe. */
  private resolved(schema: JsonPart | undefined): Keywords | undefined {
    let at = schema;
    let beside: Keywords | undefined;
    for (let hops = 0; hops < MAX_HOPS && isObjectPart(at); hops++) {
      const keywords = at.members();
      const reference = keywords.get("$ref");
      if (typeof reference !== "string") break;
      if (keywords.size > 1) beside ??= keywords;
      at = resolveReference(this.root, reference);
    }
    if (!isObjectPart(at)) return undefined;
    const keywords = at.members();
    if (beside === undefined || beside === keywords) return keywords;
    const own = [...beside].filter(([name]) => name !== "$ref" && name !== "$defs" && name !== "definitions");
    return own.length === 0 ? keywords : new Map([...keywords, ...own]);
  }
}

function plain(value: JsonPart): string {
  return typeof value === "string" ? value.slice(0, 2000) : printPart(value);
}
