import { compare, powerOfTen } from "./decimal.js";
import { firstDigits, firstIn, neededPlaces } from "./interval.js";
import { exponentTail } from "./scientific.js";
import type { NumberState, Side } from "./state.js";

/** Maximum number of digits added to a prefix. */
const MAX_DIGITS = 400;
/** Maximum number of fraction digits tried beyond those of the bounds and the steps. */
const EXTRA_PLACES = 3;
/** Maximum number of fraction digits tried after an integer part. */
const MAX_PLACES = 20;

/**
 * A continuation of a plain number's digits so that the number is in the set, found by arithmetic in the intervals that further
 * digits of the integer part or the fraction lead to. Undefined if no such number is near.
 */
export function numericClosing(side: Side, state: NumberState): string | undefined {
  if (side.isExact && (state.kind === "sci" || state.kind === "exp")) {
    const [mantissa, exponent] = state.text.split("e");
    return exponentTail(side, mantissa, exponent);
  }
  if (state.kind === "sci" || state.kind === "exp") return undefined;
  if (side.listed !== undefined) {
    const found = side.listed.beginningWith(state.text);
    if (found !== undefined) return found.slice(state.text.length);
    return state.kind === "point" ? "0" : undefined;
  }
  const [whole, fraction = ""] = state.text.split(".");
  if (state.kind === "point" || state.kind === "frac") {
    const within =
      fraction.length + digitsLeft(side, whole === "0" ? fraction.length : state.text.length - 1);
    const most = Math.min(within, Math.max(fraction.length, neededPlaces(side)) + EXTRA_PLACES);
    for (let places = Math.max(1, fraction.length); places <= most; places++) {
      const scale = powerOfTen(places - fraction.length);
      const from = BigInt(whole + fraction) * scale;
      const found = firstIn(side, from, from + scale, places);
      if (found !== undefined)
        return String(found)
          .padStart(places + 1, "0")
          .slice(-(places - fraction.length) || undefined)
          .slice(0, places - fraction.length);
    }
    return undefined;
  }
  const prefix = state.kind === "minus" ? "" : whole;
  const left = digitsLeft(side, prefix === "0" ? 0 : prefix.length);
  for (let more = firstDigits(side, prefix.length); more <= Math.min(left, MAX_DIGITS); more++) {
    if (prefix === "0" && more > 0) break;
    const scale = powerOfTen(more);
    const from = prefix === "" ? (more === 1 ? 0n : scale / 10n) : BigInt(prefix) * scale;
    const to = prefix === "" ? scale : from + scale;
    if (prefix === "" && more === 0) continue;
    if (isPast(side, from)) break;
    const isZero = prefix === "" && from === 0n;
    const room = isZero ? left : left - more;
    for (const places of placesTried(side, room)) {
      const fine = powerOfTen(places);
      const found = firstIn(side, from * fine, to * fine, places);
      if (found === undefined) continue;
      const digits = String(found).padStart(places + 1, "0");
      const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
      return text.slice(prefix.length);
    }
  }
  return undefined;
}

/** Numbers of digits after the decimal point, at most `room`: first the few, then those that bounds and steps need. */
function placesTried(side: Side, room: number): number[] {
  if (side.whole) return [0];
  const needed = neededPlaces(side);
  const few = Array.from({ length: Math.min(MAX_PLACES, needed + 1) + 1 }, (_, places) => places);
  return [...few, needed, needed + 1].filter((places) => places <= room);
}

/** Digits that may follow `count` of them. */
function digitsLeft({ shape }: Side, count: number): number {
  return (shape.digits ?? Number.POSITIVE_INFINITY) - count;
}

/** No number from here on is below the upper bound. */
function isPast({ high }: Side, whole: bigint): boolean {
  return high !== undefined && compare({ coefficient: whole, exponent: 0 }, high) > 0;
}
