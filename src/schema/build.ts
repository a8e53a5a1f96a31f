import { ARRAY, ArrayShape, NUMBER, OBJECT, ObjectShape, type Shape, STRING } from "../grammar/index.js";
import { describeArray } from "./arrays.js";
import type { Branch } from "./branch.js";
import type { Goals } from "./goals.js";
import { describeObject } from "./objects.js";
import { numberMachineOf, stringLexemeOf } from "./scalars.js";

/** The finished branch as a shape, or undefined where no type is left. Arrays and objects stay lazy inside. */
export function buildShape(goals: Goals, branch: Branch): Shape | undefined {
  let { types } = branch;
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
  if ((types & OBJECT) !== 0) shape.object = new ObjectShape(describeObject(goals, branch), goals.search);
  if (types === 0) return undefined;
  shape.types = types;
  return shape as Shape;
}
