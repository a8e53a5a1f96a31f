import { OBJECT, STRING } from "../../grammar/index.js";
import type { SchemaNode } from "../document/index.js";
import { assertionsOf } from "../keywords/demands.js";
import { Conjunction, outlinesConflict } from "./conjunction.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import { conjunctsOf, haveNothingInCommon, languagesOf, outlineOf, typesOf } from "./outline.js";

/** Maximum number of solver steps for comparing two schemas; beyond it they count as overlapping. */
const MAX_STEPS = 200;

/**
 * Whether surely no object satisfies both. Schemas without a `type` are often disjoint for objects only, because a number
 * satisfies all of them.
 */
export function areDisjointObjects(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean {
  if (a === b) return false;
  if ((typesOf(goals, a) & typesOf(goals, b) & OBJECT) === 0) return true;
  const first = requiredOf(goals, a);
  const second = requiredOf(goals, b);
  if (first.some((name) => conflictAt(goals, a, b, name))) return true;
  const seen = new Set(first);
  return second.some((name) => !seen.has(name) && conflictAt(goals, a, b, name));
}

/** Whether no object with the member satisfies both. */
function conflictAt(goals: Goals, a: SchemaLiteral, b: SchemaLiteral, name: string): boolean {
  const first = lookAt(goals, a, name);
  const second = lookAt(goals, b, name);
  if (first.isLeftOut || second.isLeftOut) return true;
  if (first.literals.length === 0 || second.literals.length === 0) return false;
  return first.together.with(goals, second.literals).isEmpty(goals);
}

/** An outline of one member of the objects that satisfy a schema. */
export interface MemberGlance {
  readonly isLeftOut: boolean;
  readonly literals: readonly Literal[];
  readonly together: Conjunction;
}

function lookAt(goals: Goals, literal: SchemaLiteral, name: string): MemberGlance {
  let known = goals.members.get(literal);
  if (known === undefined) goals.members.set(literal, (known = new Map()));
  let glance = known.get(name);
  if (glance === undefined) {
    const literals = membersOf(goals, literal, name);
    const together = Conjunction.EMPTY.with(goals, literals);
    known.set(name, (glance = { isLeftOut: leavesOut(goals, literal, name), literals, together }));
  }
  return glance;
}

/** Whether surely no value satisfies both. */
export function areDisjoint(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean {
  if (a === b) return false;
  const key = a.id < b.id ? `${a.id},${b.id}` : `${b.id},${a.id}`;
  let known = goals.disjoint.get(key);
  if (known === undefined) {
    const { cuts } = goals.search;
    known = findDisjoint(goals, a, b);
    if (cuts === goals.search.cuts) goals.disjoint.set(key, known);
  }
  return known;
}

function findDisjoint(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean {
  if (areDisjointAtAGlance(goals, a, b)) return true;
  const texts = areDisjointTexts(goals, a, b);
  if (texts !== undefined) return texts;
  const { cuts } = goals.search;
  const isPossible = goals.solver.attempt(MAX_STEPS, () => goals.goal([a, b]).isPossible);
  return isPossible === false && cuts === goals.search.cuts;
}

/** Disjoint by type, by value, or by a property that one requires and for which both list values. */
export function areDisjointAtAGlance(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean {
  if (outlinesConflict(goals, [a, b])) return true;
  const types = typesOf(goals, a) & typesOf(goals, b);
  return (types & ~OBJECT) === 0 && areDisjointObjects(goals, a, b);
}

/**
 * Whether no value satisfies both of two schemas that only restrict strings; undefined for others. Lengths are ignored, so
 * `false` may be wrong, but `true` never is. Much cheaper than building the conjunction.
 */
function areDisjointTexts(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean | undefined {
  if (!isTextual(a.node) || !isTextual(b.node)) return undefined;
  if ((outlineOf(goals, a).types & outlineOf(goals, b).types & ~STRING) !== 0) return false;
  for (const left of languagesOf(goals, a.node)) {
    for (const right of languagesOf(goals, b.node)) if (haveNothingInCommon(goals, left, right)) return true;
  }
  return false;
}

function isTextual(node: SchemaNode): boolean {
  const assertions = assertionsOf(node);
  return (
    assertions.some(({ keyword }) => keyword.language !== undefined) &&
    assertions.every(({ keyword }) => keyword.concerns === STRING || keyword.name === "type")
  );
}

/** Members that objects satisfying the literal surely have. */
export function requiredOf(goals: Goals, literal: SchemaLiteral): readonly string[] {
  const known = goals.required.get(literal);
  if (known !== undefined) return known;
  const names: string[] = [];
  for (const { node } of conjunctsOf(goals, literal)) {
    for (const { keyword, given } of assertionsOf(node))
      if (keyword.requiredMembers !== undefined) names.push(...keyword.requiredMembers(given));
  }
  goals.required.set(literal, names);
  return names;
}

/** Whether objects satisfying the literal never have the member. */
export function leavesOut(goals: Goals, literal: SchemaLiteral, name: string): boolean {
  return conjunctsOf(goals, literal).some((part) =>
    assertionsOf(part.node).some(({ keyword }) => keyword.leavesOut?.(part, name, goals) === true),
  );
}

/** The literal's demands on the values of a named member. */
export function membersOf(goals: Goals, literal: SchemaLiteral, name: string): Literal[] {
  const literals: Literal[] = [];
  for (const part of conjunctsOf(goals, literal)) {
    for (const { keyword } of assertionsOf(part.node)) {
      const member = keyword.member?.(part, name, goals);
      if (member !== undefined) literals.push(member);
    }
  }
  return literals;
}
