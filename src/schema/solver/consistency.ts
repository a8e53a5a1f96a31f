import { ARRAY, compare, NUMBER, OBJECT, STRING } from "../../grammar/index.js";
import type { Branch, Option } from "./branch.js";
import { leavesOut, membersOf, requiredOf } from "./disjoint.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import { outlinesConflict, typesOf } from "./outline.js";

/**
 * Clears the types whose parts contradict each other at a glance; false where none is left. Run before every split,
 * so that alternatives which exclude each other do not multiply.
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
    const literals = literalsOf(branch, name);
    if (literals.length > 0 && outlinesConflict(goals, literals)) return false;
  }
  return true;
}

/** Whether the option contradicts the branch, as far as a quick check shows. */
export function isOut(goals: Goals, branch: Branch, option: Option): boolean {
  if (option.types !== undefined && (branch.types & option.types) === 0) return true;
  if (option.forbids !== undefined && branch.required.includes(option.forbids)) return true;
  if (option.member !== undefined) {
    const { name, literal } = option.member;
    const literals = literalsOf(branch, name);
    if (literals.length > 0 && outlinesConflict(goals, [...literals, literal])) return true;
  }
  return option.literals.some(
    ({ literal }) =>
      branch.taken.has(literal.id ^ 1) ||
      (literal.kind === "schema" && literal.positive && alreadyFails(goals, branch, literal)),
  );
}

/** Whether nothing that meets the branch can meet `literal`, as far as a quick check shows. */
export function alreadyFails(goals: Goals, branch: Branch, literal: SchemaLiteral): boolean {
  if ((branch.types & typesOf(goals, literal)) === 0) return true;
  if (branch.types !== OBJECT) return false;
  for (const name of branch.required) {
    if (leavesOut(goals, literal, name)) return true;
    const others = membersOf(goals, literal, name);
    if (others.length > 0 && outlinesConflict(goals, [...literalsOf(branch, name), ...others])) return true;
  }
  return requiredOf(goals, literal).some((name) => {
    const literals = literalsOf(branch, name);
    return literals.length > 0 && outlinesConflict(goals, literals);
  });
}

/** What the value of property `name` must meet, less `unevaluatedProperties`. */
export function literalsOf(branch: Branch, name: string): Literal[] {
  const literals: Literal[] = [];
  for (const group of branch.propertyGroups) {
    const named = group.names.get(name);
    let matched = named !== undefined;
    if (named !== undefined) literals.push(named);
    for (const pattern of group.patterns) {
      if (!pattern.automaton.matches(name)) continue;
      matched = true;
      literals.push(pattern.literal);
    }
    if (!matched && group.additional !== undefined) literals.push(group.additional);
  }
  return literals;
}
