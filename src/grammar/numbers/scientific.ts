import { compare, type Decimal, isMultiple, magnitudeOrder, parseDecimal, powerOfTen } from "./decimal.js";
import { CANDIDATE_WORK, firstIn, holds, sizeOf } from "./interval.js";
import { hasPlainForm, isRuledOut } from "./shape.js";
import { MAX_FRACTION, type NumberState, type Side } from "./state.js";

// Numbers with an exponent whose membership in the set depends on the whole mantissa: near bounds, in lists, as multiples. They
// are accepted in normal form, with one non-zero digit before the decimal point.

/** Maximum absolute value of exponents; those of doubles are smaller. */
const MAX_SIZE = 400;

/**
 * Powers of ten that numbers of the side can have in normal form, in the order in which they are tried. `places` is the minimum
 * number of digits of the mantissa after the decimal point. Excludes those of zero and of numbers that cannot be multiples: these
 * are not smaller than the step and have no digits after the step's last one.
 */
function powers(side: Side, places: number): number[] {
  // Zero has no normal form.
  if (side.high?.coefficient === 0n) return [];
  let lowest = side.whole ? 0 : -MAX_SIZE;
  if (side.step !== undefined)
    lowest = Math.max(lowest, magnitudeOrder(side.step) - 1, places + side.step.exponent);
  const least = side.low.coefficient === 0n ? lowest : Math.max(lowest, magnitudeOrder(side.low) - 1);
  const most = side.high === undefined ? MAX_SIZE : magnitudeOrder(side.high) - 1;
  const found: number[] = [];
  for (let power = Math.max(0, least); power <= Math.min(most, MAX_SIZE); power++) found.push(power);
  for (let power = Math.min(-1, most); power >= least; power--) found.push(power);
  return found;
}

/**
 * The power of ten from which on it no longer matters whether a number is a multiple of the steps; `places` is the number of digits of
 * its mantissa after the decimal point. A step is c * 10 ** e, and c has no more factors 2 and 5 than binary digits.
 */
function settledPower({ step, shape }: Side, places: number): number {
  let most = 0;
  for (const one of step === undefined ? shape.notMultipleOf : [step, ...shape.notMultipleOf])
    most = Math.max(most, one.exponent + one.coefficient.toString(2).length);
  return places + most;
}

/** Whether `magnitude` is a multiple of the step, and not of those excluded. */
function isOnSteps({ step, shape }: Side, magnitude: Decimal): boolean {
  return (step === undefined || isMultiple(magnitude, step)) && !isRuledOut(shape, magnitude);
}

/**
 * A continuation of a mantissa's digits, including the exponent, so that the number is in the set; undefined if there is none.
 */
export function mantissaTail(side: Side, { kind, text }: NumberState): string | undefined {
  if (!/^[1-9](\.\d*)?$/.test(text)) return undefined;
  const digits = text.replace(".", "");
  const missing = MAX_FRACTION + 1 - digits.length;
  if (missing < 0 || (missing === 0 && kind === "point")) return undefined;
  const point = kind === "int" ? "." : "";
  if (side.listed !== undefined) {
    const found = side.listed.withDigits(digits, MAX_FRACTION + 1);
    if (found === undefined) return undefined;
    const rest = found.digits.slice(digits.length);
    if (rest !== "") return `${point}${rest}e${found.power}`;
    return kind === "point" ? `0e${found.power}` : `e${found.power}`;
  }
  // From there on only the lower bound and excluded values can be in the way.
  const settled = Math.max(settledPower(side, MAX_FRACTION), magnitudeOrder(side.low));
  const most = settled + 1 + sizeOf(side.excluded);
  for (const power of powers(side, fractionOf(text).length)) {
    if (power > most) continue;
    side.work += CANDIDATE_WORK;
    if (kind !== "point" && holds(side, parseDecimal(`${text}e${power}`))) return `e${power}`;
    if (missing === 0) continue;
    const places = MAX_FRACTION - power;
    const scale = powerOfTen(missing);
    const from = BigInt(digits) * scale;
    const to = from + scale;
    if (places >= 0) {
      const found = firstIn(side, from, to, places);
      if (found !== undefined) return `${point}${String(found).slice(digits.length)}e${power}`;
    } else {
      const grid = powerOfTen(-places);
      const found = firstIn(side, from * grid, to * grid, 0, grid);
      if (found !== undefined) return `${point}${String(found / grid).slice(digits.length)}e${power}`;
    }
  }
  return undefined;
}

/** The digits of a mantissa after the decimal point, without zeros at the end. */
function fractionOf(mantissa: string): string {
  return mantissa.slice(2).replace(/0+$/, "");
}

/** The same after the `e`; `exponent` is its sign and digits so far. */
export function exponentTail(side: Side, mantissa: string, exponent: string): string | undefined {
  const sign = /^[+-]/.test(exponent) ? exponent[0] : "";
  const digits = exponent.slice(sign.length);
  const fits = (size: number) => {
    if (sign !== "" || digits !== "") {
      if ((sign === "-") !== size < 0 && !(size === 0 && sign === "-")) return false;
    }
    return digits === "" || digits === "0" || String(Math.abs(size)).startsWith(digits);
  };
  const { length } = fractionOf(mantissa);
  const candidates = powers(side, length).filter(fits);
  if (digits !== "" && side.high === undefined && sign !== "-")
    for (const tail of ["", "0", "00", "000"]) {
      if (digits.length + tail.length <= 4) candidates.push(Number(digits + tail));
    }
  const settled = settledPower(side, length);
  const isBarren = side.listed === undefined && !isOnSteps(side, parseDecimal(`${mantissa}e${settled}`));
  for (const size of candidates) {
    if (isBarren && size >= settled) continue;
    side.work += CANDIDATE_WORK;
    if (!holds(side, parseDecimal(`${mantissa}e${size}`))) continue;
    const spelled = String(Math.abs(size));
    if (digits === "") return `${sign === "" && size < 0 ? "-" : ""}${spelled}`;
    return digits === "0" ? (size === 0 ? "" : spelled) : spelled.slice(digits.length);
  }
  return undefined;
}

const LARGE: Decimal = { coefficient: 1n, exponent: 16 };
const SMALL: Decimal = { coefficient: 1n, exponent: -4 };

/** Whether the mantissa matters: not if all or no large numbers are in the set, and all or no small ones. */
export function needsMantissa(side: Side): boolean {
  const { shape, low, high, listed, step, excluded, whole } = side;
  if (hasPlainForm(shape) || side.free) return false;
  if (listed !== undefined || excluded.length > 0 || shape.notMultipleOf.length > 0) return true;
  if (step !== undefined && !(step.coefficient === 1n && step.exponent === 0)) return true;
  const isLargeClear = high === undefined ? compare(low, LARGE) <= 0 : compare(high, LARGE) < 0;
  const isSmallClear =
    whole ||
    compare(low, SMALL) >= 0 ||
    (low.coefficient === 0n && (high === undefined || compare(high, SMALL) >= 0));
  return !isLargeClear || !isSmallClear;
}
