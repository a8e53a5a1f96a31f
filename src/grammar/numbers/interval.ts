import {
  type Decimal,
  greatestCommonDivisor,
  isMultiple,
  magnitudeOrder,
  negate,
  powerOfTen,
  reduce,
  scaled,
} from "./decimal.js";
import { ceilDivide, contains } from "./shape.js";
import type { Side } from "./state.js";

/** Approximate costs in elementary steps: of looking into one interval, and at one number in it or elsewhere. */
export const INTERVAL_WORK = 40;
export const CANDIDATE_WORK = 20;
/** Maximum number of multiples in a row that `notMultipleOf` rules out, where it does not rule out all. */
const MAX_IN_A_ROW = 64;

/** Whether the side holds `magnitude`. */
export function holds(side: Side, magnitude: Decimal): boolean {
  if (side.listed !== undefined) return side.listed.has(magnitude);
  if (side.excluded?.has(magnitude) === true) return false;
  return contains(side.unlisted, side.negative ? negate(magnitude) : magnitude);
}

/** Whether value * 10 ** -places is excluded. */
export function isRuledOut({ shape, excluded }: Side, value: bigint, places: number): boolean {
  const { notMultipleOf } = shape;
  if (notMultipleOf.length === 0 && excluded === undefined) return false;
  const decimal = reduce(value, -places);
  return excluded?.has(decimal) === true || notMultipleOf.some((step) => isMultiple(decimal, step));
}

/** Whether every multiple of size * 10 ** -places is excluded. */
export function areAllRuledOut({ shape }: Side, size: bigint, places: number): boolean {
  const grid: Decimal = { coefficient: size, exponent: -places };
  return shape.notMultipleOf.some((step) => isMultiple(grid, step));
}

/** Maximum number of multiples in a row that are excluded, unless all are: each excluded value can end a row. */
export function mostRuledOut({ excluded }: Side): number {
  return MAX_IN_A_ROW * (1 + (excluded?.size ?? 0));
}

/** The first number n in [from, to), a multiple of `grid`, such that n * 10 ** -places is in the set. */
export function firstIn(side: Side, from: bigint, to: bigint, places: number, grid = 1n): bigint | undefined {
  side.work += INTERVAL_WORK;
  const step = side.step;
  if (step !== undefined && -step.exponent > places) {
    // The step is finer than the places: only multiples without further places count.
    const shift = powerOfTen(-step.exponent - places);
    const found = firstIn(side, from * shift, to * shift, -step.exponent, grid * shift);
    return found === undefined ? undefined : found / shift;
  }
  const own = step === undefined ? 1n : scaled(step, places);
  const size = (own / greatestCommonDivisor(own, grid)) * grid;
  if (areAllRuledOut(side, size, places)) return undefined;
  const low = firstAbove(side.low, places, !side.lowExclusive);
  const high = side.high === undefined ? to : firstAbove(side.high, places, side.highExclusive);
  const end = high < to ? high : to;
  const most = mostRuledOut(side);
  let candidate = ceilDivide(low > from ? low : from, size) * size;
  for (let tries = 0; tries < most && candidate < end; tries++, candidate += size) {
    side.work += CANDIDATE_WORK * (1 + side.shape.notMultipleOf.length);
    if (!isRuledOut(side, candidate, places)) return candidate;
  }
  return undefined;
}

/** Digits after the decimal point that bounds and steps have. */
export function neededPlaces({ low, high, step, shape }: Side): number {
  return Math.max(0, ...[low, high, step, ...shape.notMultipleOf].map((one) => -(one?.exponent ?? 0)));
}

/** Minimum number of digits after the first `count` of an integer part that reaches the lower bound. */
export function firstDigits({ low }: Side, count: number): number {
  return Math.max(0, magnitudeOrder(low) - Math.max(1, count));
}

/** The first n such that n * 10 ** -places is above `bound`, or equal to it if `mayEqual`. */
function firstAbove(bound: Decimal, places: number, mayEqual: boolean): bigint {
  const shift = Math.max(places, -bound.exponent);
  const unit = powerOfTen(shift - places);
  const exact = scaled(bound, shift);
  return mayEqual ? ceilDivide(exact, unit) : exact / unit + 1n;
}
