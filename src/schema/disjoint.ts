import { ALL_TYPES, type Binary, NUMBER, OBJECT } from "../grammar/index.js";
import type { SchemaNode } from "./document/index.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import { patternOf, typeBits } from "./parts.js";
import { spellingOf } from "./spelling.js";
import { typeOfSpelling } from "./values.js";

/**
 * What a look at the keywords right under a schema says of its values: the types, and the only values where
 * `const` or `enum` names them. A superset of the truth; enough to tell discriminated alternatives apart cheaply.
 */
export interface Outline {
  readonly types: number;
  readonly values: ReadonlySet<Binary> | undefined;
  /** Values that are ruled out. */
  readonly excluded: ReadonlySet<Binary> | undefined;
  /** Numbers are whole (1), or are not (-1). */
  readonly whole?: number;
}

const outlines = new WeakMap<SchemaNode, Outline>();
/** Keywords beside which a negation can be told from types and values alone. */
const SIMPLE = new Set(["const", "enum", "type", "title", "description", "default", "examples", "$comment"]);
const ANYTHING: Outline = { types: ALL_TYPES, values: undefined, excluded: undefined };

export function outlineOf(goals: Goals, literal: Literal): Outline {
  if (literal.kind === "values") {
    return literal.positive
      ? { types: ALL_TYPES, values: literal.set, excluded: undefined }
      : { types: ALL_TYPES, values: undefined, excluded: literal.set };
  }
  if (literal.positive) return nodeOutline(goals, literal.node);
  // A negated schema rules values out where `const` or `enum` is all that it says.
  const { value } = literal.node;
  if (typeof value === "boolean")
    return value ? { types: 0, values: undefined, excluded: undefined } : ANYTHING;
  for (const name in value) if (!SIMPLE.has(name)) return ANYTHING;
  const outline = nodeOutline(goals, literal.node);
  if (outline.values !== undefined) return { types: ALL_TYPES, values: undefined, excluded: outline.values };
  const type = literal.node.keyword("type");
  if (type === undefined) return ANYTHING;
  const { types, onlyIntegers } = typeBits(type);
  // A number that is no integer fails `integer` too.
  return {
    types: ALL_TYPES & ~(onlyIntegers ? types & ~NUMBER : types),
    values: undefined,
    excluded: undefined,
  };
}

function nodeOutline(goals: Goals, node: SchemaNode): Outline {
  let outline = outlines.get(node);
  if (outline === undefined) outlines.set(node, (outline = findOutline(goals, node)));
  return outline;
}

function findOutline(goals: Goals, start: SchemaNode): Outline {
  let node = start;
  let types = ALL_TYPES;
  let values: Set<Binary> | undefined;
  let whole: number | undefined;
  for (let hops = 0; hops < 8; hops++) {
    if (typeof node.value === "boolean")
      return node.value ? { types, values, excluded: undefined } : { types: 0, values, excluded: undefined };
    const type = node.keyword("type");
    if (type !== undefined) {
      const bits = typeBits(type);
      types &= bits.types;
      if (bits.onlyIntegers) whole = 1;
    }
    const enumeration = node.keyword("enum") as unknown[] | undefined;
    const constant = node.keyword("const");
    for (const list of [enumeration, constant === undefined ? undefined : [constant]]) {
      if (list === undefined) continue;
      const spelled = new Set(list.map(spellingOf));
      values = values === undefined ? spelled : new Set([...values].filter((value) => spelled.has(value)));
    }
    if (node.keyword("$ref") === undefined) break;
    node = goals.document.reference(node);
  }
  if (values !== undefined) {
    let listed = 0;
    const kept = new Set<Binary>();
    for (const value of values) {
      const bit = typeOfSpelling(value);
      if ((types & bit) === 0) continue;
      listed |= bit;
      kept.add(value);
    }
    return { types: types & listed, values: kept, excluded: undefined };
  }
  return { types, values, excluded: undefined, ...(whole === undefined ? {} : { whole }) };
}

/** Whether the outlines of a conjunction leave nothing. */
export function outlinesConflict(goals: Goals, literals: readonly Literal[]): boolean {
  let types = ALL_TYPES;
  let values: ReadonlySet<Binary> | undefined;
  const excluded: ReadonlySet<Binary>[] = [];
  let isWhole = false;
  let isBroken = false;
  const parts: Literal[] = [];
  for (const literal of literals) {
    if (literal.kind === "schema") parts.push(...conjunctsOf(goals, literal));
    else parts.push(literal);
  }
  for (const literal of parts) {
    const outline = outlineOf(goals, literal);
    types &= outline.types;
    if (outline.whole === 1) isWhole = true;
    else if (outline.whole === -1) isBroken = true;
    if (outline.excluded !== undefined) excluded.push(outline.excluded);
    if (outline.values !== undefined) {
      const other = outline.values;
      values = values === undefined ? other : new Set([...values].filter((value) => other.has(value)));
    }
  }
  if (isWhole && isBroken) types &= ~NUMBER;
  if (types === 0) return true;
  if (values === undefined) return false;
  for (const value of values) {
    if ((typeOfSpelling(value) & types) !== 0 && !excluded.some((set) => set.has(value))) return false;
  }
  return true;
}

/** Told apart by type, by value, or by a property that one requires and both name values for. */
export function areShallowlyDisjoint(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean {
  if (outlinesConflict(goals, [a, b])) return true;
  const required = new Set([...requiredOf(goals, a), ...requiredOf(goals, b)]);
  if (required.size === 0) return false;
  const types = typesOf(goals, a) & typesOf(goals, b);
  if ((types & ~OBJECT) !== 0) return false;
  for (const name of required) {
    if (leavesOut(goals, a, name) || leavesOut(goals, b, name)) return true;
    const first = propertyOf(goals, a, name);
    const second = first.length === 0 ? [] : propertyOf(goals, b, name);
    if (second.length > 0 && outlinesConflict(goals, [...first, ...second])) return true;
  }
  return false;
}

/** Schemas that hold together, as far as `allOf` and `$ref` lead from one: itself first. */
const MOST_CONJUNCTS = 24;

const conjuncts = new WeakMap<SchemaLiteral, readonly SchemaLiteral[]>();

/** What holds wherever the literal does: the schema itself, and what its `$ref` and `allOf` lead to. */
export function conjunctsOf(goals: Goals, literal: SchemaLiteral): readonly SchemaLiteral[] {
  let found = conjuncts.get(literal);
  if (found === undefined) conjuncts.set(literal, (found = findConjuncts(goals, literal)));
  return found;
}

function findConjuncts(goals: Goals, literal: SchemaLiteral): readonly SchemaLiteral[] {
  const found = [literal];
  if (!literal.positive) return found;
  for (let i = 0; i < found.length && found.length < MOST_CONJUNCTS; i++) {
    const { node, scope } = found[i];
    const add = (other: SchemaLiteral) => {
      if (!found.includes(other)) found.push(other);
    };
    if (node.keyword("$ref") !== undefined) add(goals.schema(goals.document.reference(node), scope, true));
    const all = node.keyword("allOf");
    if (Array.isArray(all))
      for (let index = 0; index < all.length; index++) add(goals.child(found[i], "allOf", index, true));
  }
  return found;
}

/** The types that are left for values of the literal. */
export function typesOf(goals: Goals, literal: SchemaLiteral): number {
  let types = ALL_TYPES;
  for (const part of conjunctsOf(goals, literal)) types &= outlineOf(goals, part).types;
  return types;
}

/** Members that objects of the literal surely have. */
export function requiredOf(goals: Goals, literal: SchemaLiteral): string[] {
  const names: string[] = [];
  for (const { node } of conjunctsOf(goals, literal)) {
    const required = node.keyword("required");
    if (Array.isArray(required)) names.push(...(required as string[]));
  }
  return names;
}

/** Whether objects of the literal never have the member: `additionalProperties: false`, and the name is not listed. */
export function leavesOut(goals: Goals, literal: SchemaLiteral, name: string): boolean {
  return conjunctsOf(goals, literal).some(({ node }) => {
    if (node.keyword("additionalProperties") !== false) return false;
    const properties = node.keyword("properties") as Record<string, unknown> | undefined;
    if (properties !== undefined && Object.hasOwn(properties, name)) return false;
    const patterns = node.keyword("patternProperties") as Record<string, unknown> | undefined;
    return !Object.keys(patterns ?? {}).some((source) =>
      patternOf(goals, node, "patternProperties", source).matches(name),
    );
  });
}

/** What the literal says by name of the values of one member. */
export function propertyOf(goals: Goals, literal: SchemaLiteral, name: string): Literal[] {
  const literals: Literal[] = [];
  for (const part of conjunctsOf(goals, literal)) {
    const properties = part.node.keyword("properties") as Record<string, unknown> | undefined;
    if (properties !== undefined && Object.hasOwn(properties, name))
      literals.push(goals.child(part, "properties", name, true));
  }
  return literals;
}
