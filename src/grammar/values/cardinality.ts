import type { Shape, StringLexeme } from "../goal.js";
import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../jsonTypes.js";
import { decimalNumber } from "../numbers/decimal.js";
import type { NumberMachine } from "../numbers/machine.js";
import { listValues } from "../numbers/shape.js";

// Whether there are many values: if items or keys must differ and there are few, what may follow one depends on which it is. The
// result may be "few" if there are many, but never the other way round.

/** Maximum nesting of objects and arrays considered. */
const MAX_DEPTH = 3;

/** Whether the shape surely has at least `least` different values. */
export function shapeHasAtLeast(shape: Shape, least: number, depth = 0): boolean {
  const { types } = shape;
  let count = 0;
  if ((types & NULL) !== 0) count++;
  if ((types & TRUE) !== 0) count++;
  if ((types & FALSE) !== 0) count++;
  if ((types & NUMBER) !== 0) count += numberCount(shape.number, least);
  if (count < least && (types & STRING) !== 0) count += stringCount(shape.string, least);
  if (count >= least) return true;
  if ((types & OBJECT) !== 0 && hasManyObjects(shape, least, depth)) return true;
  return (types & ARRAY) !== 0 && hasManyArrays(shape, least, depth);
}

/** Whether infinitely many strings or numbers share each prefix. */
export function isFreeShape({ types, string, number }: Shape): boolean {
  if ((types & ~(STRING | NUMBER)) !== 0) return false;
  if ((types & STRING) !== 0) {
    const { machine, checks } = string;
    if (checks !== undefined || machine?.content.isUniversal !== true) return false;
    if (machine.maxLength !== Number.POSITIVE_INFINITY) return false;
  }
  return (
    (types & NUMBER) === 0 ||
    (number.shape.lower === undefined &&
      number.shape.upper === undefined &&
      number.shape.values === undefined)
  );
}

function numberCount({ shape }: NumberMachine, least: number): number {
  const listed = listValues(shape);
  if (listed !== undefined) return listed.length;
  const { lower, upper, multipleOf, notMultipleOf, excluded } = shape;
  if (notMultipleOf.length > 0) return 0;
  if (lower === undefined || upper === undefined || multipleOf === undefined) return least;
  const steps = (decimalNumber(upper.value) - decimalNumber(lower.value)) / decimalNumber(multipleOf);
  return Math.max(0, Math.floor(steps) - 2 - excluded.length);
}

function stringCount(lexeme: StringLexeme, least: number): number {
  if (lexeme.literals !== undefined) return lexeme.literals.texts.length;
  if (lexeme.checks !== undefined) return 0;
  const excluded = lexeme.excluded?.texts.length ?? 0;
  return lexeme.machine!.hasAtLeast(least + excluded) ? least : 0;
}

/** Whether there are more than `least` objects: infinitely many keys, or a member with enough values. */
function hasManyObjects({ object }: Shape, wanted: number, depth: number): boolean {
  const { ordered, late, extra, maxProperties, some, excluded } = object.description;
  const least = wanted + excluded.length;
  if (some.all !== 0 || object.start.closing("open") === undefined) return false;
  const entries = [...ordered, ...late];
  const needed = entries.filter((entry) => entry.required).length;
  const isRoomy = maxProperties > Math.max(needed, object.description.minProperties);
  if (isRoomy && extra?.machine.hasAtLeast(least + entries.length) === true) {
    for (let label = 0; label < extra.labelCount; label++)
      if (extra.labelCount === 1 && extra.goal(label, 0).isPossible) return true;
  }
  if (depth === MAX_DEPTH) return false;
  return entries.some(
    (entry) =>
      (entry.required || isRoomy) &&
      entry.goal(0).alternatives.some((shape) => shapeHasAtLeast(shape, least, depth + 1)),
  );
}

/** Whether there are more than `least` arrays: infinitely many items, or an item with enough values. */
function hasManyArrays({ array }: Shape, wanted: number, depth: number): boolean {
  const { contains, excluded, maxItems, minItems, prefixLength, unique, goal } = array.description;
  const least = wanted + excluded.length;
  if (contains.length > 0 || array.start.closing("open") === undefined) return false;
  const rest = goal(prefixLength, 0, 0, []);
  if (maxItems === Number.POSITIVE_INFINITY && !unique && rest.isPossible) return true;
  if (depth === MAX_DEPTH || unique || Math.min(maxItems, Math.max(minItems, 1)) === 0) return false;
  const first = goal(0, 0, 0, []);
  return first.alternatives.some((shape) => shapeHasAtLeast(shape, least, depth + 1));
}
