import { ALL_TYPES, type Binary, NUMBER } from "../../grammar/index.js";
import { type ByteAutomaton, compareIntersectionEmpty } from "../../regex/index.js";
import type { SchemaNode } from "../document/index.js";
import { assertionsOf } from "../keywords/demands.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import { typeOfSpelling } from "./spelling.js";

/**
 * An outline of the values of a schema, by its immediate keywords: the types, and the only values if `const` or `enum` lists them.
 * A superset of the valid values, sufficient to distinguish discriminated alternatives cheaply.
 */
export interface Outline {
  readonly types: number;
  readonly values: ReadonlySet<Binary> | undefined;
  /** Excluded values. */
  readonly excluded: ReadonlySet<Binary> | undefined;
  /** Numbers are integers (1) or not integers (-1). */
  readonly whole?: number;
}

const ANYTHING: Outline = { types: ALL_TYPES, values: undefined, excluded: undefined };
const NOTHING: Outline = { types: 0, values: undefined, excluded: undefined };

/** Maximum length of a chain of `$ref`s that an outline follows. */
const MAX_HOPS = 8;

export function outlineOf(goals: Goals, literal: Literal): Outline {
  if (literal.kind === "values") {
    return literal.positive
      ? { types: ALL_TYPES, values: literal.set, excluded: undefined }
      : { types: ALL_TYPES, values: undefined, excluded: literal.set };
  }
  return literal.positive ? nodeOutline(goals, literal.node) : negatedOutline(goals, literal.node);
}

/** A negated schema excludes values if it only restricts types and values. */
function negatedOutline(goals: Goals, node: SchemaNode): Outline {
  const { value } = node;
  if (typeof value === "boolean") return value ? NOTHING : ANYTHING;
  const assertions = assertionsOf(node);
  if (assertions.length === 0) return NOTHING;
  if (!assertions.every(({ keyword }) => keyword.outline !== undefined))
    return { ...ANYTHING, types: failingTypes(node) };
  const { values, types, whole } = nodeOutline(goals, node);
  if (values !== undefined) {
    // With a type, values of other types satisfy the negation, too.
    return { types: ALL_TYPES, values: undefined, excluded: whole === 1 ? EMPTY : values };
  }
  // A number that is not an integer fails `integer`, too.
  return { ...ANYTHING, types: ALL_TYPES & ~(whole === 1 ? types & ~NUMBER : types) };
}

/** The types of the values that fail the node's keywords: a keyword about strings fails for strings alone. */
function failingTypes(node: SchemaNode): number {
  let types = 0;
  for (const { keyword, given } of assertionsOf(node)) {
    const own = keyword.outline?.(given, node);
    if (own?.types === undefined || own.onlyIntegers === true) types |= keyword.concerns;
    else types |= ALL_TYPES & ~own.types;
  }
  return types;
}

const EMPTY: ReadonlySet<Binary> = new Set();

export function nodeOutline(goals: Goals, node: SchemaNode): Outline {
  let outline = goals.outlines.get(node);
  if (outline === undefined) goals.outlines.set(node, (outline = findOutline(goals, node)));
  return outline;
}

function findOutline(goals: Goals, start: SchemaNode): Outline {
  let node = start;
  let types = ALL_TYPES;
  let values: Set<Binary> | undefined;
  let isWhole = false;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    if (typeof node.value === "boolean") {
      if (!node.value) return { ...NOTHING, values };
      break;
    }
    for (const { keyword, given } of assertionsOf(node)) {
      const own = keyword.outline?.(given, node);
      if (own === undefined) continue;
      if (own.types !== undefined) types &= own.types;
      if (own.onlyIntegers === true) isWhole = true;
      if (own.values !== undefined) {
        const before: ReadonlySet<Binary> | undefined = values;
        values = new Set(before === undefined ? own.values : own.values.filter((value) => before.has(value)));
      }
    }
    if (node.keyword("$ref") === undefined) break;
    const target = goals.document.reference(node);
    // In a cycle, the meaning of a schema depends on what is being evaluated.
    if (target.circle !== undefined && target.circle === node.circle) break;
    node = target;
  }
  const whole = isWhole ? { whole: 1 } : {};
  if (values === undefined) return { types, values, excluded: undefined, ...whole };
  let listed = 0;
  const kept = new Set<Binary>();
  for (const value of values) {
    const bit = typeOfSpelling(value);
    if ((types & bit) === 0) continue;
    listed |= bit;
    kept.add(value);
  }
  return { types: types & listed, values: kept, excluded: undefined, ...whole };
}

/** The languages of the node's strings. */
export function languagesOf(goals: Goals, node: SchemaNode): readonly ByteAutomaton[] {
  let languages = goals.languages.get(node);
  if (languages === undefined) {
    languages = assertionsOf(node)
      .map(({ keyword, given }) => keyword.language?.(given, node, goals))
      .filter((language) => language !== undefined);
    goals.languages.set(node, languages);
  }
  return languages;
}

export function haveNothingInCommon(goals: Goals, a: ByteAutomaton, b: ByteAutomaton): boolean {
  let known = goals.disjointLanguages.get(a);
  if (known === undefined) goals.disjointLanguages.set(a, (known = new Map()));
  let isEmpty = known.get(b);
  if (isEmpty === undefined) known.set(b, (isEmpty = compareIntersectionEmpty(a, b)));
  return isEmpty;
}

/** A schema and those that hold with it, by `allOf` and `$ref`. */
const MAX_CONJUNCTS = 24;

/** Schemas that hold whenever the literal holds: its own, and those of its `$ref` and `allOf`. */
export function conjunctsOf(goals: Goals, literal: SchemaLiteral): readonly SchemaLiteral[] {
  let found = goals.conjuncts.get(literal);
  if (found === undefined) goals.conjuncts.set(literal, (found = findConjuncts(goals, literal)));
  return found;
}

function findConjuncts(goals: Goals, literal: SchemaLiteral): readonly SchemaLiteral[] {
  if (literal.again !== undefined) return [];
  const found = [literal];
  if (!literal.positive) return found;
  for (let i = 0; i < found.length && found.length < MAX_CONJUNCTS; i++) {
    for (const { keyword } of assertionsOf(found[i].node)) {
      for (const other of keyword.leadsTo?.(found[i], goals) ?? [])
        if (other.again === undefined && !found.includes(other)) found.push(other);
    }
  }
  return found;
}

/** Schemas that fail whenever the literal holds. */
export function negationsOf(goals: Goals, literal: SchemaLiteral): readonly SchemaLiteral[] {
  let found = goals.negations.get(literal);
  if (found === undefined) {
    const parts = literal.positive ? conjunctsOf(goals, literal) : [];
    found = parts.flatMap((part) =>
      assertionsOf(part.node)
        .map(({ keyword }) => keyword.ruledOut?.(part, goals))
        .filter((schema) => schema !== undefined)
        .map((schema) => goals.opposite(schema)),
    );
    goals.negations.set(literal, found);
  }
  return found;
}

/** The remaining types of values that satisfy the literal. */
export function typesOf(goals: Goals, literal: SchemaLiteral): number {
  let types = ALL_TYPES;
  for (const part of conjunctsOf(goals, literal)) types &= outlineOf(goals, part).types;
  return types;
}
