import { compare, type Decimal, isMultiple, ONE, parseDecimal, ZERO } from "./decimal.js";
import { MINUS, PLUS } from "./numberClasses.js";
import { contains } from "./numberShape.js";
import type { NumberState, Side } from "./numberState.js";

/** Least exponents that are written: JavaScript prints 1e+21 and 1e-7, Python 1e+16 and 1e-05. */
const LEAST_LARGE = 16;
const LEAST_SMALL = 5;
/** Most digits behind the point of a mantissa: with them it is whole behind any large exponent. */
export const MOST_FRACTION = 16;
const LARGEST_PLAIN: Decimal = { coefficient: 1n, exponent: LEAST_LARGE };
const SMALLEST_PLAIN: Decimal = { coefficient: 1n, exponent: 1 - LEAST_SMALL };

/**
 * The signs an exponent may have here: 1, -1, 0 for both; undefined for no exponent. A positive one is at least 16, a
 * negative one at most -5: that is how numbers are printed, and it keeps other spellings out of the way.
 */
function exponentSign(side: Side, text: string): number | undefined {
  if (side.shape.plain) return undefined;
  if (side.free) return 0;
  if (side.listed !== undefined || side.shape.notMultipleOf.length > 0 || side.excluded.length > 0)
    return undefined;
  if (!/^[1-9](\.|$)/.test(text)) return undefined;
  const { step } = side;
  const isLarge = side.high === undefined && compare(side.low, LARGEST_PLAIN) <= 0;
  if (
    isLarge &&
    (step === undefined ||
      compare(step, ONE) === 0 ||
      (!/\.\d*[1-9]/.test(text) && somePowerMeets(step, text)))
  )
    return 1;
  const isSmall =
    side.low.coefficient === 0n && (side.high === undefined || compare(side.high, SMALLEST_PLAIN) >= 0);
  return isSmall && step === undefined ? -1 : undefined;
}

/** Some power of ten makes the mantissa a multiple of the step: what is left of the step must divide it. */
function somePowerMeets(step: Decimal, text: string): boolean {
  let modulus = step.coefficient;
  while (modulus % 2n === 0n) modulus /= 2n;
  while (modulus % 5n === 0n) modulus /= 5n;
  return BigInt(text.split(".")[0]) % modulus === 0n;
}

/** More digits and an exponent can still follow. */
export function isScientificPrefix(side: Side, state: NumberState, whole: string, fraction: string): boolean {
  if (whole.length !== 1 || whole === "0" || fraction.length > MOST_FRACTION || state.kind === "minus")
    return false;
  return exponentSign(side, state.text) !== undefined;
}

export function exponentStart(side: Side, state: NumberState): NumberState | undefined {
  const sign = exponentSign(side, state.text);
  if (sign === undefined) return undefined;
  const zero = !/[1-9]/.test(state.text);
  if (zero && (side.lowExclusive || !contains(side.shape, ZERO))) return undefined;
  // Any mantissa is whole behind a large exponent.
  const isWholeAnyway = side.step === undefined || compare(side.step, ONE) === 0;
  const mantissa = isWholeAnyway ? (zero ? "0" : "1") : state.text;
  return { kind: "sci", side, key: `${sign}|${mantissa}|`, text: `${mantissa}e`, exponentSign: sign };
}

export function exponentStep(side: Side, state: NumberState, c: number): NumberState | undefined {
  const [mantissa, exponent] = state.text.split("e");
  const sign = state.exponentSign!;
  if (c === MINUS || c === PLUS) {
    if (exponent !== "" || (c === MINUS && sign === 1) || (c === PLUS && sign === -1)) return undefined;
    const spelled = c === MINUS ? "-" : "+";
    return {
      ...state,
      kind: "sci",
      key: `${sign}|${mantissa}|${spelled}`,
      text: `${mantissa}e${spelled}`,
      accepting: undefined,
      closing: undefined,
    };
  }
  if (c > 9) return undefined;
  // A bare exponent is a positive one.
  if (sign === -1 && exponent === "") return undefined;
  const kept = side.free ? "0" : moreDigits(exponent, c);
  if (kept === undefined) return undefined;
  const next: NumberState = {
    kind: "exp",
    side,
    key: `${sign}|${mantissa}|${kept}`,
    text: `${mantissa}e${kept}`,
    exponentSign: sign,
  };
  if (side.step !== undefined && !exponentCanAccept(side, next)) return undefined;
  return next;
}

/** The exponent with one more digit: zeros before it count for nothing, and four digits are enough. */
function moreDigits(exponent: string, digit: number): string | undefined {
  const sign = exponent.startsWith("-") ? "-" : "";
  const digits = `${exponent.replace(/^[+-]/, "")}${digit}`.replace(/^0+(?=\d)/, "");
  return digits.length > 4 ? undefined : sign + digits;
}

export function exponentAccepts(side: Side, state: NumberState): boolean {
  if (side.free) return true;
  const [mantissa, exponent] = state.text.split("e");
  const size = Number(exponent.replace(/^[+-]/, ""));
  if (state.exponentSign === 1 ? size < LEAST_LARGE : size < LEAST_SMALL) return false;
  if (size > 400 && side.step !== undefined) return false;
  return (
    side.step === undefined || isMultiple(parseDecimal(`${mantissa.split(".")[0]}e${size}`), side.step ?? ONE)
  );
}

function exponentCanAccept(side: Side, state: NumberState): boolean {
  const [mantissa, exponent] = state.text.split("e");
  for (const tail of ["", "0", "1", "2", "3", "5", "00", "50"]) {
    if (exponentAccepts(side, { ...state, text: `${mantissa}e${exponent}${tail}` })) return true;
  }
  return false;
}
