import { ALL_TYPES, ARRAY, compare, NUMBER, OBJECT, STRING } from "../../grammar/index.js";
import { assertionsOf } from "../keywords/demands.js";
import type { Branch, Option } from "./branch.js";
import { Conjunction, memberOf } from "./conjunction.js";
import { leavesOut, membersOf, requiredOf } from "./disjoint.js";
import type { Goals } from "./goals.js";
import type { SchemaLiteral } from "./literal.js";
import { conjunctsOf, typesOf } from "./outline.js";

/**
 * Removes types with an obvious contradiction; false if none is left. Runs before every split, so that mutually exclusive
 * alternatives do not multiply.
 */
export function isConsistent(goals: Goals, branch: Branch): boolean {
  const { number, string } = branch;
  if ((branch.types & NUMBER) !== 0) {
    const { lower, upper } = number;
    if (lower !== undefined && upper !== undefined) {
      const order = compare(lower.value, upper.value);
      if (order > 0 || (order === 0 && (lower.exclusive || upper.exclusive))) branch.types &= ~NUMBER;
    }
    if (number.values?.length === 0) branch.types &= ~NUMBER;
  }
  if ((branch.types & STRING) !== 0 && (string.minLength > string.maxLength || string.values?.length === 0))
    branch.types &= ~STRING;
  if ((branch.types & ARRAY) !== 0 && branch.minItems > branch.maxItems) branch.types &= ~ARRAY;
  if ((branch.types & OBJECT) !== 0 && !isObjectConsistent(goals, branch)) branch.types &= ~OBJECT;
  return branch.types !== 0;
}

function isObjectConsistent(goals: Goals, branch: Branch): boolean {
  if (Math.max(branch.minProperties, branch.required.length) > branch.maxProperties) return false;
  for (const name of branch.required) {
    if (memberOf(goals, branch, name)?.isEmpty(goals) === true) return false;
  }
  return true;
}

/** Whether the option contradicts the branch, as far as a quick check shows. */
export function isOut(goals: Goals, branch: Branch, option: Option): boolean {
  const types = branch.types & (option.types ?? ALL_TYPES);
  if (types === 0) return true;
  // `required` only applies to objects: values of other types pass.
  if (types === OBJECT && option.forbids !== undefined && branch.required.includes(option.forbids))
    return true;
  if (option.member !== undefined) {
    const { name, literal } = option.member;
    if (memberOf(goals, branch, name)?.with(goals, [literal]).isEmpty(goals) === true) return true;
  }
  if (option.ifPresent !== undefined && branch.required.includes(option.ifPresent.name)) {
    const { name, literal } = option.ifPresent;
    if ((memberOf(goals, branch, name) ?? Conjunction.EMPTY).with(goals, [literal]).isEmpty(goals))
      return true;
  }
  return option.literals.some(
    ({ literal }) =>
      branch.taken.has(literal.id ^ 1) ||
      (literal.kind === "schema" && literal.positive && alreadyFails(goals, branch, literal)),
  );
}

/** Whether the option only demands that schemas fail which already do. */
export function isImplied(goals: Goals, branch: Branch, { literals, apply }: Option): boolean {
  if (apply !== undefined) return false;
  return literals.every(
    ({ literal }) =>
      literal.kind === "schema" &&
      !literal.positive &&
      alreadyFails(goals, branch, goals.opposite(literal) as SchemaLiteral),
  );
}

/** Maximum depth of nested unions in a quick check, and maximum number of branches of each. */
const MAX_GLANCE_DEPTH = 3;
const MAX_GLANCE_BRANCHES = 64;
/** Approximate cost of a quick check of one branch, in elementary steps. */
const BRANCH_WORK = 20;

/** Whether a quick check shows that `literal` contradicts the branch. */
export function alreadyFails(goals: Goals, branch: Branch, literal: SchemaLiteral, depth = 0): boolean {
  return failsByMembers(goals, branch, literal) || failsByUnions(goals, branch, literal, depth);
}

/** Whether all branches of a union already fail. */
function failsByUnions(goals: Goals, branch: Branch, literal: SchemaLiteral, depth: number): boolean {
  if (depth >= MAX_GLANCE_DEPTH || branch.required.length === 0 || branch.types !== OBJECT) return false;
  return conjunctsOf(goals, literal).some((part) =>
    unionsOf(goals, part).some((union) => {
      goals.fuel.spend(union.length * BRANCH_WORK);
      return union.every((child) => alreadyFails(goals, branch, child, depth + 1));
    }),
  );
}

/** The branches of those unions of the literal that are small enough for a quick check. */
function unionsOf(goals: Goals, literal: SchemaLiteral): readonly (readonly SchemaLiteral[])[] {
  let unions = goals.unions.get(literal);
  if (unions === undefined) {
    unions = assertionsOf(literal.node)
      .map(({ keyword }) => keyword.oneHolds?.(literal, goals))
      .filter((union) => union !== undefined && union.length <= MAX_GLANCE_BRANCHES)
      .map((union) => union!);
    goals.unions.set(literal, unions);
  }
  return unions;
}

function failsByMembers(goals: Goals, branch: Branch, literal: SchemaLiteral): boolean {
  if ((branch.types & typesOf(goals, literal)) === 0) return true;
  if (branch.types !== OBJECT) return false;
  for (const name of branch.required) {
    if (leavesOut(goals, literal, name)) return true;
    const others = membersOf(goals, literal, name);
    if (others.length === 0) continue;
    if ((memberOf(goals, branch, name) ?? Conjunction.EMPTY).with(goals, others).isEmpty(goals)) return true;
  }
  return requiredOf(goals, literal).some((name) => memberOf(goals, branch, name)?.isEmpty(goals) === true);
}
