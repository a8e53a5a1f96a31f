import { compare, greatestCommonDivisor, isMultiple, parseDecimal, scaled } from "./decimal.js";
import { ceilDivide } from "./shape.js";
import type { Side } from "./state.js";

/** Maximum number of candidates per interval: excluded ones are at least two apart. */
export const MAX_CANDIDATES = 64;

/** Whether value * 10 ** -places is excluded. */
export function isRuledOut(side: Side, value: bigint, places: number): boolean {
  const { notMultipleOf } = side.shape;
  if (notMultipleOf.length === 0 && side.excluded.length === 0) return false;
  const decimal = parseDecimal(`${value}e-${places}`);
  return (
    notMultipleOf.some((step) => isMultiple(decimal, step)) ||
    side.excluded.some((other) => compare(other, decimal) === 0)
  );
}

/** The first number n in [from, to), a multiple of `grid`, such that n * 10 ** -places is in the set. */
export function firstIn(side: Side, from: bigint, to: bigint, places: number, grid = 1n): bigint | undefined {
  const step = side.step;
  if (step !== undefined && -step.exponent > places) {
    // The step is finer than the places: only multiples without further places count.
    const shift = 10n ** BigInt(-step.exponent - places);
    const found = firstIn(side, from * shift, to * shift, -step.exponent, grid * shift);
    return found === undefined ? undefined : found / shift;
  }
  const own = step === undefined ? 1n : scaled(step, places);
  const size = (own / greatestCommonDivisor(own, grid)) * grid;
  const lowPlaces = Math.max(places, -side.low.exponent);
  const low = ceilDivide(scaled(side.low, lowPlaces), 10n ** BigInt(lowPlaces - places));
  let candidate = ceilDivide(low > from ? low : from, size) * size;
  for (let tries = 0; tries < MAX_CANDIDATES && candidate < to; tries++, candidate += size) {
    if (isWithin(side, candidate, places) && !isRuledOut(side, candidate, places)) return candidate;
  }
  return undefined;
}

function isWithin(side: Side, value: bigint, places: number): boolean {
  const shift = Math.max(places, -side.low.exponent, side.high === undefined ? 0 : -side.high.exponent);
  const own = value * 10n ** BigInt(shift - places);
  const low = scaled(side.low, shift);
  if (own < low || (own === low && side.lowExclusive)) return false;
  if (side.high === undefined) return true;
  const high = scaled(side.high, shift);
  return own < high || (own === high && !side.highExclusive);
}
