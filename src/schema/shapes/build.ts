import {
  ALL_TYPES,
  ARRAY,
  ArrayShape,
  hasValue,
  NUMBER,
  OBJECT,
  ObjectShape,
  type Shape,
  STRING,
} from "../../grammar/index.js";
import type { Branch } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import { describeArray } from "./arrays.js";
import { describeObject } from "./objects.js";
import { numberMachineOf, stringLexemeOf } from "./scalars.js";

/**
 * The finished branch as a shape, or undefined where no type is left. Arrays and objects stay lazy inside. Where
 * documents are to be closed, a branch that names members or items and says no type is an object or an array, if that
 * leaves any value.
 */
export function buildShape(goals: Goals, branch: Branch): Shape | undefined {
  if (goals.options.closed && branch.types === ALL_TYPES && !branch.isTyped && branch.named !== 0) {
    const named = shapeOf(goals, branch, branch.named);
    if (named !== undefined && hasValue(named)) return named;
  }
  return shapeOf(goals, branch, branch.types);
}

function shapeOf(goals: Goals, branch: Branch, allowed: number): Shape | undefined {
  let types = allowed;
  const shape: { -readonly [K in keyof Shape]?: Shape[K] } = {};
  if ((types & NUMBER) !== 0) {
    shape.number = numberMachineOf({ ...branch.number, plain: goals.options.plain });
    if (shape.number.isEmpty) types &= ~NUMBER;
  }
  if ((types & STRING) !== 0) {
    shape.string = stringLexemeOf(goals, branch.string);
    if (shape.string.literals?.texts.length === 0 || shape.string.machine?.isEmpty === true) types &= ~STRING;
  }
  if ((types & ARRAY) !== 0) {
    if (branch.minItems > branch.maxItems) types &= ~ARRAY;
    else shape.array = new ArrayShape(describeArray(goals, branch), goals.search);
  }
  if ((types & OBJECT) !== 0) shape.object = objectShape(goals, branch);
  if (types === 0) return undefined;
  shape.types = types;
  return shape as Shape;
}

function objectShape(goals: Goals, branch: Branch): ObjectShape {
  if (goals.options.closed && isSilentOfOthers(branch)) {
    const closed = new ObjectShape(describeObject(goals, branch, true), goals.search);
    const { minProperties, some, excluded } = closed.description;
    // All else that an object needs are members that are named: those it can have as before.
    if ((minProperties === 0 && some.all === 0 && excluded.length === 0) || closed.start.canClose)
      return closed;
  }
  return new ObjectShape(describeObject(goals, branch, false), goals.search);
}

/** The schemas name members, and none says anything of members that it does not name. */
function isSilentOfOthers(branch: Branch): boolean {
  return (
    (branch.named & OBJECT) !== 0 &&
    branch.propertyNames.length === 0 &&
    branch.unevaluatedProperties.length === 0 &&
    branch.propertyGroups.every((group) => group.additional === undefined)
  );
}
