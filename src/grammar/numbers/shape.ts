import {
  compare,
  type Decimal,
  decimalKey,
  isMultiple,
  negate,
  ONE,
  parseDecimal,
  scaled,
} from "./decimal.js";

/** The set of numbers that one alternative allows. All parts hold together. */
export interface NumberShape {
  readonly lower?: Bound;
  readonly upper?: Bound;
  /** Value must be a multiple of each; a whole number is a multiple of 1. */
  readonly multipleOf?: Decimal;
  readonly notMultipleOf: readonly Decimal[];
  /** Only these, when given. */
  readonly values?: readonly Decimal[];
  readonly excluded: readonly Decimal[];
  /** Draft 4: `1.0` is not an integer. */
  readonly noFraction: boolean;
  /** One spelling: no exponents, no `.0` behind whole numbers. What a person would write, for generation. */
  readonly plain: boolean;
}

export interface Bound {
  readonly value: Decimal;
  readonly exclusive: boolean;
}

export const ANY_NUMBER: NumberShape = { notMultipleOf: [], excluded: [], noFraction: false, plain: false };

/** Finite integer ranges up to this many values are held as a list, so that exclusions stay exact. */
const LISTED_VALUES = 1000;

export function flip(bound: Bound): Bound {
  return { value: negate(bound.value), exclusive: bound.exclusive };
}

/** Significant digits that a double keeps whatever they are. */
const KEPT_DIGITS = 15;
/** Doubles go a little further, to 1.8e308. */
const LARGEST: Decimal = { coefficient: 1n, exponent: 308 };

/**
 * For numbers that are written to be read by programs: none that is too large for a double, and where it matters which
 * multiple a number is, only those whose digits a double keeps. Where the bounds have none of these, nothing is left.
 */
export function readable(shape: NumberShape): NumberShape {
  const steps = [...(shape.multipleOf === undefined ? [] : [shape.multipleOf]), ...shape.notMultipleOf];
  if (!shape.plain) return shape;
  const finest = steps.reduce((least, step) => Math.min(least, step.exponent), 0);
  const isAnyDigit = steps.every((step) => compare(step, ONE) === 0);
  const most = isAnyDigit ? LARGEST : { coefficient: 1n, exponent: KEPT_DIGITS + finest };
  const lowest = { value: negate(most), exclusive: false };
  const highest = { value: most, exclusive: false };
  const { lower = lowest, upper = highest } = shape;
  return {
    ...shape,
    lower: compare(lower.value, lowest.value) < 0 ? lowest : lower,
    upper: compare(upper.value, highest.value) > 0 ? highest : upper,
  };
}

export function listValues(shape: NumberShape): Decimal[] | undefined {
  const { lower, upper, multipleOf } = shape;
  let values = shape.values;
  if (values === undefined && lower !== undefined && upper !== undefined) {
    if (compare(lower.value, upper.value) === 0) values = [lower.value];
    else if (multipleOf !== undefined && (shape.excluded.length > 0 || shape.notMultipleOf.length > 0)) {
      values = multiplesBetween(lower.value, upper.value, multipleOf);
    }
  }
  return values?.filter((value) => isWithin(shape, value));
}

function multiplesBetween(low: Decimal, high: Decimal, step: Decimal): Decimal[] | undefined {
  const shift = Math.max(0, -Math.min(low.exponent, high.exponent, step.exponent));
  const size = scaled(step, shift);
  const first = ceilDivide(scaled(low, shift), size) * size;
  const last = scaled(high, shift);
  if (last - first >= size * BigInt(LISTED_VALUES)) return undefined;
  const values: Decimal[] = [];
  for (let at = first; at <= last; at += size) values.push(parseDecimal(`${at}e-${shift}`));
  return values;
}

/** Whether the set holds `value`. */
export function contains(shape: NumberShape, value: Decimal): boolean {
  if (shape.values !== undefined && !shape.values.some((other) => compare(other, value) === 0)) return false;
  return isWithin(shape, value);
}

/** The same, the list of values aside. */
function isWithin(shape: NumberShape, value: Decimal): boolean {
  const { lower, upper } = shape;
  if (lower !== undefined) {
    const order = compare(value, lower.value);
    if (order < 0 || (order === 0 && lower.exclusive)) return false;
  }
  if (upper !== undefined) {
    const order = compare(value, upper.value);
    if (order > 0 || (order === 0 && upper.exclusive)) return false;
  }
  if (shape.multipleOf !== undefined && !isMultiple(value, shape.multipleOf)) return false;
  if (shape.notMultipleOf.some((step) => isMultiple(value, step))) return false;
  return !shape.excluded.some((other) => compare(other, value) === 0);
}

export function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b > 0n ? quotient + 1n : quotient;
}

/** A key under which equal sets share one machine. */
export function numberShapeKey(shape: NumberShape): string {
  const bound = (b: Bound | undefined) =>
    b === undefined ? "" : `${decimalKey(b.value)}${b.exclusive ? "!" : ""}`;
  const list = (values: readonly Decimal[]) => values.map(decimalKey).join(",");
  return [
    bound(shape.lower),
    bound(shape.upper),
    shape.multipleOf === undefined ? "" : decimalKey(shape.multipleOf),
    list(shape.notMultipleOf),
    shape.values === undefined ? "*" : list(shape.values),
    list(shape.excluded),
    shape.noFraction ? "n" : "",
    shape.plain ? "p" : "",
  ].join(";");
}
