import { MINUS, PLUS } from "./classes.js";
import { compare, type Decimal, ONE, parseDecimal, ZERO } from "./decimal.js";
import { holds } from "./interval.js";
import { exponentTail } from "./scientific.js";
import { hasPlainForm } from "./shape.js";
import { MAX_FRACTION, type NumberState, type Side } from "./state.js";

/** Smallest exponents in use: JavaScript prints 1e+21 and 1e-7, Python 1e+16 and 1e-05. */
const LEAST_LARGE = 16;
const LEAST_SMALL = 5;
const LARGEST_PLAIN: Decimal = { coefficient: 1n, exponent: LEAST_LARGE };
const SMALLEST_PLAIN: Decimal = { coefficient: 1n, exponent: 1 - LEAST_SMALL };

/**
 * The signs an exponent may have here: 1, -1, 0 for both; undefined for no exponent. If the mantissa does not matter, a positive one
 * is at least 16 and a negative one at most -5: numbers are printed like that, and with smaller exponents the mantissa would
 * matter.
 */
function exponentSign(side: Side, text: string): number | undefined {
  if (hasPlainForm(side.shape)) return undefined;
  if (side.free || side.isExact) return 0;
  if (!/^[1-9](\.|$)/.test(text)) return undefined;
  if (side.high === undefined && compare(side.low, LARGEST_PLAIN) <= 0) return 1;
  const isSmall =
    side.low.coefficient === 0n && (side.high === undefined || compare(side.high, SMALLEST_PLAIN) >= 0);
  return isSmall && side.step === undefined ? -1 : undefined;
}

/** Whether more digits and an exponent can still follow. */
export function isScientificPrefix(side: Side, state: NumberState, whole: string, fraction: string): boolean {
  if (whole.length !== 1 || whole === "0" || fraction.length > MAX_FRACTION || state.kind === "minus")
    return false;
  return exponentSign(side, state.text) !== undefined;
}

export function exponentStart(side: Side, state: NumberState): NumberState | undefined {
  const sign = exponentSign(side, state.text);
  if (sign === undefined) return undefined;
  if (side.isExact) {
    if (!/^[1-9](\.\d+)?$/.test(state.text) || state.text.length > MAX_FRACTION + 2) return undefined;
    return inExponent(side, state.text, "", sign);
  }
  const zero = !/[1-9]/.test(state.text);
  if (zero && (side.lowExclusive || !holds(side, ZERO))) return undefined;
  // With a large exponent, any mantissa gives an integer.
  const isWholeAnyway = side.step === undefined || compare(side.step, ONE) === 0;
  const mantissa = isWholeAnyway ? (zero ? "0" : "1") : state.text;
  return inExponent(side, mantissa, "", sign);
}

export function exponentStep(side: Side, state: NumberState, c: number): NumberState | undefined {
  const [mantissa, exponent] = state.text.split("e");
  const sign = state.exponentSign!;
  if (c === MINUS || c === PLUS) {
    if (exponent !== "" || (c === MINUS && sign === 1) || (c === PLUS && sign === -1)) return undefined;
    return inExponent(side, mantissa, c === MINUS ? "-" : "+", sign);
  }
  if (c > 9) return undefined;
  // An exponent without a sign is positive.
  if (sign === -1 && exponent === "") return undefined;
  const kept = side.free ? "0" : moreDigits(exponent, c);
  return kept === undefined ? undefined : inExponent(side, mantissa, kept, sign);
}

/** The state in an exponent; undefined if no number of the set goes on like this. */
function inExponent(
  side: Side,
  mantissa: string,
  exponent: string,
  exponentSign: number,
): NumberState | undefined {
  if (side.isExact && exponentTail(side, mantissa, exponent) === undefined) return undefined;
  const text = `${mantissa}e${exponent}`;
  return {
    kind: /\d$/.test(exponent) ? "exp" : "sci",
    side,
    key: `${exponentSign}|${text}`,
    text,
    exponentSign,
  };
}

/** The exponent with one more digit: leading zeros are dropped, and four digits suffice. */
function moreDigits(exponent: string, digit: number): string | undefined {
  const sign = exponent.startsWith("-") ? "-" : "";
  const digits = `${exponent.replace(/^[+-]/, "")}${digit}`.replace(/^0+(?=\d)/, "");
  return digits.length > 4 ? undefined : sign + digits;
}

export function exponentAccepts(side: Side, state: NumberState): boolean {
  if (side.free) return true;
  if (side.isExact) return holds(side, parseDecimal(state.text));
  const size = Math.abs(Number(state.text.split("e")[1]));
  return state.exponentSign === 1 ? size >= LEAST_LARGE : size >= LEAST_SMALL;
}
