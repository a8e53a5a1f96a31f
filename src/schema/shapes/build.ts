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
 * Converts a finished branch to a shape; undefined if no type is left. Arrays and objects remain lazy inside. With closed documents,
 * a branch without a type that names members or items is an object or an array, if that leaves any value.
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
    shape.number = numberMachineOf({ ...branch.number, plain: goals.options.plain }, goals.fuel);
    if (shape.number.isEmpty) types &= ~NUMBER;
  }
  if ((types & STRING) !== 0) {
    shape.string = stringLexemeOf(goals, branch.string);
    if (shape.string.literals?.texts.length === 0 || shape.string.machine?.isEmpty === true) types &= ~STRING;
  }
  if ((types & ARRAY) !== 0) {
    const isOut = branch.minItems > branch.maxItems || branch.contains.some(({ min, max }) => min > max);
    if (isOut) types &= ~ARRAY;
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
    // An object otherwise only needs named members, which remain possible.
    if ((minProperties === 0 && some.all === 0 && excluded.length === 0) || closed.start.canClose)
      return closed;
  }
  return new ObjectShape(describeObject(goals, branch, false), goals.search);
}

/** Whether the schemas name members, and none restricts others. */
function isSilentOfOthers(branch: Branch): boolean {
  return (
    (branch.named & OBJECT) !== 0 &&
    branch.propertyNames.length === 0 &&
    branch.unevaluatedProperties.length === 0 &&
    branch.propertyGroups.every((group) => group.additional === undefined)
  );
}
