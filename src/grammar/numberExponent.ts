import { compare, type Decimal, isMultiple, ONE, parseDecimal, ZERO } from "./decimal.js";
import { MINUS, PLUS } from "./numberClasses.js";
import { contains } from "./numberShape.js";
import type { NumberState, Side } from "./numberState.js";

const LARGEST_PLAIN: Decimal = { coefficient: 1n, exponent: 21 };
const SMALLEST_PLAIN: Decimal = { coefficient: 1n, exponent: -6 };

/**
 * The signs an exponent may have here: 1, -1, 0 for both; undefined for no exponent. A positive one is at least 21, a
 * negative one at most -7: that is how JavaScript prints numbers, and it keeps other spellings out of the way.
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
  if (whole.length !== 1 || whole === "0" || fraction.length > 20 || state.kind === "minus") return false;
  return exponentSign(side, state.text) !== undefined;
}

export function exponentStart(side: Side, state: NumberState): NumberState | undefined {
  const sign = exponentSign(side, state.text);
  if (sign === undefined) return undefined;
  const zero = !/[1-9]/.test(state.text);
  if (zero && (side.lowExclusive || !contains(side.shape, ZERO))) return undefined;
  // Any mantissa of up to 20 fraction digits is whole behind an exponent of 21 or more.
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
  const digits = exponent + c;
  const kept = side.free ? "0" : digits.length > 4 ? undefined : digits;
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

export function exponentAccepts(side: Side, state: NumberState): boolean {
  if (side.free) return true;
  const [mantissa, exponent] = state.text.split("e");
  const size = Number(exponent.replace(/^[+-]/, ""));
  if (state.exponentSign === 1 ? size < 21 : size < 7) return false;
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
