import {
  type Decimal,
  greatestCommonDivisor,
  magnitudeOrder,
  negate,
  powerOfTen,
  scaled,
} from "./decimal.js";
import type { ListedNumbers } from "./listed.js";
import { ceilDivide, contains, isRuledOut } from "./shape.js";
import type { Side } from "./state.js";

/** Approximate costs in elementary steps: of looking into one interval, and at one number in it or elsewhere. */
export const INTERVAL_WORK = 40;
export const CANDIDATE_WORK = 20;
/**
 * More multiples in a row than k steps rule out between them, over k, unless they rule out all: Jacobsthal's function of the first k
 * primes grows about as k does (258 for 25). Each excluded value can end a row.
 */
const IN_A_ROW = 64;

/** Whether the side holds `magnitude`. */
export function holds(side: Side, magnitude: Decimal): boolean {
  if (side.listed !== undefined) return side.listed.has(magnitude);
  return contains(side.shape, side.negative ? negate(magnitude) : magnitude);
}

/** `value` if, times 10 ** -places, it is not excluded; else a multiple of `size` behind it, up to which all are. */
export function pastExcluded(
  { shape, excluded, negative }: Side,
  value: bigint,
  size: bigint,
  places: number,
): bigint {
  const sign = negative ? -1n : 1n;
  let past = value;
  for (const set of excluded) past = sign * set.behind(sign * past, sign * size, places);
  return isRuledOut(shape, { coefficient: past, exponent: -places }) ? past + size : past;
}

export function sizeOf(sets: readonly ListedNumbers[]): number {
  return sets.reduce((sum, { size }) => sum + size, 0);
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
  // Then all multiples of it are.
  if (isRuledOut(side.shape, { coefficient: size, exponent: -places })) return undefined;
  const low = firstAbove(side.low, places, !side.lowExclusive);
  const high = side.high === undefined ? to : firstAbove(side.high, places, side.highExclusive);
  const end = high < to ? high : to;
  let at = ceilDivide(low > from ? low : from, size) * size;
  const kinds = 1 + side.shape.notMultipleOf.length;
  for (let tries = IN_A_ROW * kinds * (1 + sizeOf(side.excluded)); at < end && tries > 0; tries--) {
    side.work += CANDIDATE_WORK * kinds;
    const next = pastExcluded(side, at, size, places);
    if (next === at) return next;
    at = next;
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
