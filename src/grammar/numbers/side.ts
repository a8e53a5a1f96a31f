import {
  compare,
  type Decimal,
  isWhole,
  magnitudeOrder,
  negate,
  parseDecimal,
  plainText,
  powerOfTen,
  scaled,
  ZERO,
} from "./decimal.js";
import { exponentAccepts, isScientificPrefix } from "./exponent.js";
import { firstDigits, firstIn, holds, INTERVAL_WORK, neededPlaces, pastExcluded } from "./interval.js";
import { ListedNumbers } from "./listed.js";
import { mantissaTail, needsMantissa } from "./scientific.js";
import {
  type Bound,
  DIGITS_ONLY,
  hasPlainForm,
  isRuledOut,
  NOT_DIGITS_ONLY,
  type NumberShape,
} from "./shape.js";
import { MAX_FRACTION, type NumberState, type Side } from "./state.js";

/** The non-negative or negative half of a number's range, by magnitude; undefined if it is empty. */
export function makeSide(
  base: { shape: NumberShape; listed: Decimal[] | undefined },
  lower: Bound | undefined,
  upper: Bound | undefined,
  negative: boolean,
): Side | undefined {
  const { shape } = base;
  if (shape.form === (DIGITS_ONLY | NOT_DIGITS_ONLY)) return undefined;
  const sign = lower ? compare(lower.value, ZERO) : -1;
  const isHeld = sign > 0 || (sign === 0 && lower!.exclusive);
  const { value: low, exclusive: lowExclusive } = isHeld ? lower! : { value: ZERO, exclusive: false };
  if (upper) {
    const order = compare(upper.value, low);
    if (order < 0 || (order === 0 && (upper.exclusive || lowExclusive))) return undefined;
  }
  const listed =
    base.listed &&
    magnitudes(base.listed, negative).filter(
      ({ coefficient }) => !(negative && shape.plain && coefficient === 0n),
    );
  if (listed?.length === 0) return undefined;
  const step = shape.multipleOf;
  if (step && isRuledOut(shape, step)) return undefined;
  const excluded = shape.excluded.filter((set) => set.reaches(negative));
  const whole = step !== undefined && isWhole(step);
  const unlimited =
    low.coefficient === 0n && !upper && !listed && excluded.length === 0 && shape.notMultipleOf.length === 0;
  const side: Side = {
    shape,
    negative,
    low,
    lowExclusive,
    high: upper?.value,
    highExclusive: upper?.exclusive ?? false,
    listed: listed && new ListedNumbers(listed),
    excluded,
    step,
    whole,
    free: unlimited && !step,
    isAnyInteger: unlimited && !lowExclusive && step?.coefficient === 1n && step.exponent === 0,
    lowText: splitText(low),
    highText: upper && splitText(upper.value),
    isExact: false,
    work: 0,
  };
  side.isExact = needsMantissa(side);
  return side;
}

/** Those of one sign, and zero. */
function magnitudes(values: readonly Decimal[], negative: boolean): Decimal[] {
  const own = negative ? values.map(negate) : values;
  return own.filter(({ coefficient }) => coefficient >= 0n);
}

function splitText(value: Decimal): [string, string] {
  const [whole, fraction = ""] = plainText(value).split(".");
  return [whole, fraction];
}

export function digitStep(side: Side, before: string, digit: number): NumberState | undefined {
  return viable(side, plain(side, "int", before + digit));
}

/** A state inside plain notation. Its key has the information that bounds, step and lists still need. */
export function plain(side: Side, kind: "int" | "point" | "frac", text: string): NumberState {
  return {
    kind,
    side,
    text,
    key: side.listed ? listedKey(side, side.listed, text) : plainKey(side, kind, text),
  };
}

/** After the longest fraction of the list, only zeros can follow: one more digit represents any number of them. */
function listedKey(side: Side, listed: ListedNumbers, text: string): string {
  const point = text.indexOf(".");
  if (point < 0 || (side.isExact && point === 1 && text.length <= MAX_FRACTION + 2)) return text;
  return text.slice(0, point + Math.max(1, listed.places) + 2);
}

function plainKey(side: Side, kind: string, text: string): string {
  const [whole, fraction = ""] = text.split(".");
  const single = whole.length === 1 && whole !== "0" ? "s" : whole === "0" ? "0" : "";
  const short = fraction.length <= MAX_FRACTION ? "" : "+";
  const mantissa = side.isExact && single === "s" && short === "" ? `${text}|` : "";
  const low = relation(side.lowText, whole, fraction, kind === "int");
  const high = side.highText ? relation(side.highText, whole, fraction, kind === "int") : "";
  let rest = "";
  if (side.step) rest += `|${stepKey(side.step, whole, fraction)}`;
  for (const step of side.shape.notMultipleOf) rest += `|${stepKey(step, whole, fraction)}`;
  if (side.excluded.length > 0) {
    const trimmed = fraction.replace(/0+$/, "");
    const prefix = kind === "int" ? whole : `${whole}.${trimmed}`;
    const sign = side.negative ? "-" : "";
    const value = parseDecimal(sign + whole);
    const near = side.excluded.some(
      (set) => set.beginningWith(sign + prefix) !== undefined || set.has(value),
    );
    rest += near ? `|=${text}` : "|";
  }
  if (side.shape.digits !== undefined) rest += `#${digitsOf(whole, fraction)}`;
  return `${mantissa}${single}${short}|${low}|${high}${rest}`;
}

/** How the digits so far compare with a bound; inside the integer part with their count, since more may follow. */
function relation(bound: [string, string], whole: string, fraction: string, inWhole: boolean): string {
  const [boundWhole, boundFraction] = bound;
  if (inWhole) {
    if (whole.length > boundWhole.length) return ">";
    const head = boundWhole.slice(0, whole.length);
    const order = whole < head ? "<" : whole > head ? ">" : "=";
    return `${order}${whole.length}`;
  }
  const order = order3(whole, boundWhole);
  if (order !== 0) return order < 0 ? "<" : ">";
  const length = Math.min(fraction.length, boundFraction.length);
  const head = boundFraction.slice(0, length);
  const own = fraction.slice(0, length);
  if (own !== head) return own < head ? "<" : ">";
  if (fraction.length > length && /[1-9]/.test(fraction.slice(length))) return ">";
  return `=${length}`;
}

function order3(a: string, b: string): number {
  return a.length !== b.length ? a.length - b.length : a < b ? -1 : a > b ? 1 : 0;
}

function stepKey(step: Decimal, whole: string, fraction: string): string {
  const places = Math.max(0, -step.exponent);
  const kept = fraction.slice(0, places);
  const beyond = /[1-9]/.test(fraction.slice(places)) ? "x" : "";
  const modulus = scaled(step, places);
  return `${BigInt(whole + kept) % modulus}.${kept.length}${beyond}`;
}

/** The state itself if it can be completed to a number in the set, else undefined. */
export function viable(side: Side, state: NumberState): NumberState | undefined {
  return isViable(side, state) ? state : undefined;
}

function isViable(side: Side, state: NumberState): boolean {
  if (state.kind === "minus") {
    for (let digit = 0; digit < 10; digit++) if (digitStep(side, "", digit) !== undefined) return true;
    return false;
  }
  // Exponents last: without them there is usually a completion, found without a search.
  return (
    (side.free && side.shape.digits === undefined) ||
    isViableWithout(side, state) ||
    (side.isExact && mantissaTail(side, state) !== undefined)
  );
}

function isViableWithout(side: Side, state: NumberState): boolean {
  const [whole, fraction = ""] = state.text.split(".");
  if (side.listed) {
    return matchesListed(side.listed, whole, fraction, state.kind, hasPlainForm(side.shape));
  }
  if (side.shape.digits !== undefined) return isViableWithin(side, state, side.shape.digits);
  if (!side.isExact && isScientificPrefix(side, state, whole, fraction)) return true;
  if (state.kind !== "int" && isWholeOnly(side)) return false;
  // The reachable values are in [from, to): the digits so far, possibly with more digits of the integer part.
  const places = fraction.length;
  const value = BigInt(whole + fraction);
  if (intervalHolds(side, value, value + 1n, places)) return true;
  if (state.kind !== "int" || whole === "0") return false;
  const most =
    Math.max(side.lowText[0].length, side.highText?.[0].length ?? 0, whole.length + stepDigits(side)) + 2;
  // With fewer digits, a number that is not zero is below the lower bound or the step.
  const least = Math.max(
    whole.length + 1,
    magnitudeOrder(side.low),
    side.step === undefined ? 0 : magnitudeOrder(side.step),
  );
  let scale = powerOfTen(least - whole.length);
  for (let length = least; length <= most + 1; length++, scale *= 10n) {
    if (side.highText && length > side.highText[0].length) return false;
    if (intervalHolds(side, value * scale, (value + 1n) * scale, 0)) return true;
  }
  return false;
}

/** Number of digits, without a zero before the decimal point. */
function digitsOf(whole: string, fraction: string): number {
  return (whole === "0" ? 0 : whole.length) + fraction.length;
}

/** Whether some number of at most `most` digits starts with those of the state. */
function isViableWithin(side: Side, state: NumberState, most: number): boolean {
  const [whole, fraction = ""] = state.text.split(".");
  if (state.kind !== "int" && isWholeOnly(side)) return false;
  const left = most - digitsOf(whole, fraction);
  if (left < 0 || (left === 0 && state.kind === "point")) return false;
  if (side.free || (side.isAnyInteger && state.kind === "int")) return true;
  const value = BigInt(whole + fraction);
  if (state.kind !== "int" || whole === "0") {
    const scale = powerOfTen(left);
    return firstIn(side, value * scale, (value + 1n) * scale, fraction.length + left) !== undefined;
  }
  const first = firstDigits(side, whole.length);
  for (let more = first, scale = powerOfTen(first); more <= left; more++, scale *= 10n) {
    if (side.highText && whole.length + more > side.highText[0].length) return false;
    const places = isWholeOnly(side) ? 0 : left - more;
    const fine = powerOfTen(places);
    if (firstIn(side, value * scale * fine, (value + 1n) * scale * fine, places) !== undefined) return true;
  }
  return false;
}

/** Integers are spelled without a decimal point. */
function isWholeOnly(side: Side): boolean {
  return side.whole && hasPlainForm(side.shape);
}

function stepDigits(side: Side): number {
  return !side.step ? 0 : String(side.step.coefficient).length + Math.abs(side.step.exponent);
}

/** Whether some number of the list starts with these digits, including trailing zeros. */
function matchesListed(
  listed: ListedNumbers,
  whole: string,
  fraction: string,
  kind: string,
  plainly: boolean,
): boolean {
  if (kind === "int") return listed.beginningWith(whole) !== undefined;
  if (listed.beginningWith(`${whole}.${fraction}`) !== undefined) return true;
  return !plainly && listed.has(parseDecimal(fraction === "" ? whole : `${whole}.${fraction}`));
}

/** Whether [from, to) * 10 ** -places overlaps the bounds and contains a multiple of the step. */
function intervalHolds(side: Side, from: bigint, to: bigint, places: number): boolean {
  const shift = Math.max(places, neededPlaces(side));
  const scale = powerOfTen(shift - places);
  let low = from * scale;
  let high = to * scale;
  if (side.step !== undefined) return firstIn(side, low, high, shift) !== undefined;
  side.work += INTERVAL_WORK;
  const bound = scaled(side.low, shift);
  const openLow = side.lowExclusive && bound >= low;
  if (bound > low) low = bound;
  // The interval's upper end is open; a bound may be closed.
  let openHigh = true;
  if (side.high !== undefined) {
    const top = scaled(side.high, shift);
    if (top < high) {
      high = top;
      openHigh = side.highExclusive;
    }
  }
  return low < high || (low === high && !openLow && !openHigh && pastExcluded(side, low, 1n, shift) === low);
}

export function accepts(side: Side, state: NumberState): boolean {
  if (state.kind === "minus" || state.kind === "point" || state.kind === "sci") return false;
  if (state.kind === "exp") return exponentAccepts(side, state);
  if (state.kind === "frac" && isWholeOnly(side)) return false;
  if (state.kind === "int" && (side.shape.form & NOT_DIGITS_ONLY) !== 0) return false;
  return holds(side, parseDecimal(state.text));
}
