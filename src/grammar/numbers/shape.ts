import {
  compare,
  type Decimal,
  decimalKey,
  isMultiple,
  magnitudeOrder,
  negate,
  ONE,
  parseDecimal,
  scaled,
} from "./decimal.js";
import type { ListedNumbers } from "./listed.js";

/** The set of numbers of one alternative: the conjunction of all members. */
export interface NumberShape {
  readonly lower?: Bound;
  readonly upper?: Bound;
  /** The value is a multiple of this; 1 for integers. */
  readonly multipleOf?: Decimal;
  readonly notMultipleOf: readonly Decimal[];
  /** Only these, when given. */
  readonly values?: readonly Decimal[];
  /** Sets of excluded values, each shared by all shapes that exclude it. */
  readonly excluded: readonly ListedNumbers[];
  /** `DIGITS_ONLY`, `NOT_DIGITS_ONLY`: in draft 4, `1.0` and `1e2` are not integers. */
  readonly form: number;
  /** Whether there is one spelling only, for generation: no exponents, no `.0` after integers. */
  readonly plain: boolean;
  /** Maximum number of digits, without a zero before the decimal point. Default: unlimited. */
  readonly digits?: number;
}

/** Written without fraction and exponent. */
export const DIGITS_ONLY = 1;
/** Written with a fraction or an exponent. */
export const NOT_DIGITS_ONLY = 2;

/** Integers are written as digits only. */
export function hasPlainForm({ plain, form }: NumberShape): boolean {
  return plain || (form & DIGITS_ONLY) !== 0;
}

export interface Bound {
  readonly value: Decimal;
  readonly exclusive: boolean;
}

export const ANY_NUMBER: NumberShape = { notMultipleOf: [], excluded: [], form: 0, plain: false };

/** Integer ranges of up to this many values are stored as a list, so that exclusions remain exact. */
const LISTED_VALUES = 1000;

export function flip(bound: Bound): Bound {
  return { value: negate(bound.value), exclusive: bound.exclusive };
}

/** Significant digits that a double always preserves: numbers that differ in them are different doubles. */
const KEPT_DIGITS = 15;
/** Maximum number of digits if readers may ignore some: that of 64-bit identifiers. */
const MAX_DIGITS = 19;

/**
 * Restricts generated numbers to what programs can read: no more digits than identifiers have; and if the exact number matters, only
 * those that doubles distinguish from others. Undefined if the bounds contain none of these.
 */
export function readable(shape: NumberShape): NumberShape {
  if (!shape.plain || shape.values !== undefined) return shape;
  const { lower, upper, multipleOf } = shape;
  const steps = [...(multipleOf === undefined ? [] : [multipleOf]), ...shape.notMultipleOf];
  const isWholeAnyway = multipleOf !== undefined && isMultiple(multipleOf, ONE);
  /** Whether readers must distinguish a number from its neighbours, except integers far below the precision of a double. */
  const isEdge = (order: number) => !isWholeAnyway || order > KEPT_DIGITS;
  const isPrecise =
    steps.some((step) => compare(step, ONE) !== 0) ||
    shape.notMultipleOf.length > 0 ||
    [lower, upper].some((bound) => bound?.exclusive === true && isEdge(magnitudeOrder(bound.value))) ||
    shape.excluded.some(({ order }) => isEdge(order));
  const nearest = lower !== undefined && lower.value.coefficient > 0n ? lower : upper;
  const needed =
    nearest === undefined || (nearest === upper && upper.value.coefficient >= 0n)
      ? 0
      : magnitudeOrder(nearest.value) + 1;
  return { ...shape, digits: Math.max(needed, isPrecise ? KEPT_DIGITS : MAX_DIGITS) };
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

/** Whether the set contains `value`. */
export function contains(shape: NumberShape, value: Decimal): boolean {
  if (shape.values !== undefined && !shape.values.some((other) => compare(other, value) === 0)) return false;
  return isWithin(shape, value);
}

/** The same, ignoring the list of values. */
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
  return !isRuledOut(shape, value) && !shape.excluded.some((set) => set.has(value));
}

/** Whether the value is a multiple of what it must not be. */
export function isRuledOut({ notMultipleOf }: NumberShape, value: Decimal): boolean {
  return notMultipleOf.some((step) => isMultiple(value, step));
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
    shape.excluded.map(({ key }) => key),
    shape.form,
    shape.plain ? "p" : "",
    shape.digits ?? "",
  ].join(";");
}
