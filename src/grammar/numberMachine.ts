import {
  compare,
  type Decimal,
  decimalKey,
  isMultiple,
  isWhole,
  negate,
  ONE,
  parseDecimal,
  plainText,
  scaled,
  ZERO,
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
}

export interface Bound {
  readonly value: Decimal;
  readonly exclusive: boolean;
}

export const ANY_NUMBER: NumberShape = { notMultipleOf: [], excluded: [], noFraction: false };

/** Byte classes of the table: digits are their value, then these. */
const MINUS = 10;
const PLUS = 11;
const POINT = 12;
const EXPONENT = 13;
const CLASSES = 14;
const CLASS_OF = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 10; digit++) CLASS_OF[0x30 + digit] = digit;
CLASS_OF[0x2d] = MINUS;
CLASS_OF[0x2b] = PLUS;
CLASS_OF[0x2e] = POINT;
CLASS_OF[0x65] = EXPONENT;
CLASS_OF[0x45] = EXPONENT;

/** Finite integer ranges up to this many values are held as a list, so that exclusions stay exact. */
const LISTED_VALUES = 1000;
const UNKNOWN = -1;

/**
 * Texts of JSON numbers within a `NumberShape`, byte by byte. States are found on demand and interned by
 * what the rest of the text may be; `next[state * 14 + class]` is the successor, 0 for none, -1 while unknown.
 * State 0 is dead, 1 the start. A state that exists can always be completed.
 *
 * Exponents: where only the sign is bounded every spelling is taken. Under other bounds and `multipleOf` it is
 * plain notation and the spellings that JavaScript prints for very large (1e+21) and very small (1e-7) numbers.
 * A negative zero is taken only where negative numbers are allowed.
 */
export class NumberMachine {
  private next = new Int32Array(64 * CLASSES).fill(UNKNOWN);
  private readonly states: State[] = [];
  private readonly ids = new Map<string, number>();
  private readonly positive: Side | undefined;
  private readonly negative: Side | undefined;
  readonly shape: NumberShape;
  readonly start = 1;
  /** Places by state. */
  readonly places: unknown[] = [];

  constructor(shape: NumberShape) {
    this.shape = shape;
    const listed = listValues(shape);
    const base = { shape, listed };
    const lower = shape.lower;
    const upper = shape.upper;
    this.positive = makeSide(base, lower, upper, false);
    this.negative =
      lower !== undefined && lower.value.coefficient >= 0n
        ? undefined
        : makeSide(base, upper && flip(upper), lower && flip(lower), true);
    this.states.push(undefined as unknown as State);
    this.intern({ kind: "start", key: "", side: undefined, text: "" });
  }

  /** Whether any number is in the set. */
  get isEmpty(): boolean {
    for (let c = 0; c <= MINUS; c++) if (this.stepClass(1, c) !== 0) return false;
    return true;
  }

  step(state: number, byte: number): number {
    const c = CLASS_OF[byte];
    return c < 0 ? 0 : this.stepClass(state, c);
  }

  isAccepting(state: number): boolean {
    return this.states[state].accepting === true;
  }

  /** A shortest way (nearly) to a whole number from `state`. */
  closing(state: number): string {
    const found = this.states[state];
    if (found.closing === undefined) found.closing = this.findClosing(state);
    return found.closing;
  }

  private findClosing(start: number): string {
    // Breadth first: the first accepting state found is nearest.
    const queue: [number, string][] = [[start, ""]];
    const seen = new Set([start]);
    for (let at = 0; at < queue.length; at++) {
      const [state, text] = queue[at];
      if (this.isAccepting(state)) return text;
      for (let c = 0; c <= POINT; c++) {
        const target = this.stepClass(state, c);
        if (target !== 0 && !seen.has(target)) {
          seen.add(target);
          queue.push([target, text + "0123456789-+."[c]]);
        }
      }
    }
    for (const tail of ["e-7", "e+21"]) {
      let state = start;
      for (const ch of tail) state = state === 0 ? 0 : this.step(state, ch.charCodeAt(0));
      if (state !== 0 && this.isAccepting(state)) return tail;
    }
    // In an exponent only digits can follow.
    return "0";
  }

  private stepClass(state: number, c: number): number {
    const known = this.next[state * CLASSES + c];
    if (known !== UNKNOWN) return known;
    const successor = this.successor(this.states[state], c);
    const id = successor === undefined ? 0 : this.intern(successor);
    this.next[state * CLASSES + c] = id;
    return id;
  }

  private intern(state: State): number {
    const key = `${state.kind}|${state.side?.negative}|${state.key}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.states.length;
    state.accepting = state.side !== undefined && accepts(state.side, state);
    this.states.push(state);
    this.ids.set(key, id);
    if (id * CLASSES + CLASSES > this.next.length) {
      const larger = new Int32Array(this.next.length * 2).fill(UNKNOWN);
      larger.set(this.next);
      this.next = larger;
    }
    return id;
  }

  private successor(state: State, c: number): State | undefined {
    const text = state.text + "0123456789-+.e"[c];
    if (state.kind === "start") {
      if (c === MINUS)
        return (
          this.negative && viable(this.negative, { kind: "minus", side: this.negative, key: "", text: "" })
        );
      return c < 10 && this.positive ? digitStep(this.positive, "", c) : undefined;
    }
    const side = state.side!;
    switch (state.kind) {
      case "minus":
        return c < 10 ? digitStep(side, "", c) : undefined;
      case "int":
        if (c < 10) return state.text === "0" ? undefined : digitStep(side, state.text, c);
        if (c === POINT)
          return side.shape.noFraction && side.whole ? undefined : viable(side, plain(side, "point", text));
        return c === EXPONENT ? exponentStart(side, state) : undefined;
      case "point":
      case "frac":
        if (c < 10) return viable(side, plain(side, "frac", text));
        return c === EXPONENT && state.kind === "frac" ? exponentStart(side, state) : undefined;
      default:
        return exponentStep(side, state, c);
    }
  }
}

/** Numbers of one sign, by magnitude. */
interface Side {
  shape: NumberShape;
  negative: boolean;
  low: Decimal;
  lowExclusive: boolean;
  high: Decimal | undefined;
  highExclusive: boolean;
  /** Magnitudes spelled out, when the set is finite and small. */
  listed: { value: Decimal; text: string }[] | undefined;
  excluded: Decimal[];
  step: Decimal | undefined;
  whole: boolean;
  /** Only the sign matters: any exponent may follow. */
  free: boolean;
  lowText: [string, string];
  highText: [string, string] | undefined;
}

interface State {
  kind: "start" | "minus" | "int" | "point" | "frac" | "sci" | "exp";
  side: Side | undefined;
  /** What the future depends on. */
  key: string;
  /** One text that leads here, without the sign: a representative for arithmetic. */
  text: string;
  accepting?: boolean;
  closing?: string;
  /** In an exponent: the value of the mantissa is zero; which sign the exponent must have. */
  exponentSign?: number;
}

function flip(bound: Bound): Bound {
  return { value: negate(bound.value), exclusive: bound.exclusive };
}

function listValues(shape: NumberShape): Decimal[] | undefined {
  const { lower, upper, multipleOf } = shape;
  let values = shape.values;
  if (values === undefined && lower !== undefined && upper !== undefined) {
    if (compare(lower.value, upper.value) === 0) values = [lower.value];
    else if (multipleOf !== undefined && (shape.excluded.length > 0 || shape.notMultipleOf.length > 0)) {
      values = multiplesBetween(lower.value, upper.value, multipleOf);
    }
  }
  return values?.filter((value) => contains(shape, value));
}

function multiplesBetween(low: Decimal, high: Decimal, step: Decimal): Decimal[] | undefined {
  const shift = Math.max(0, -Math.min(low.exponent, high.exponent, step.exponent));
  const size = scaled(step, shift);
  const values: Decimal[] = [];
  for (let at = ceilDivide(scaled(low, shift), size) * size; at <= scaled(high, shift); at += size) {
    if (values.length === LISTED_VALUES) return undefined;
    values.push(parseDecimal(`${at}e-${shift}`));
  }
  return values;
}

/** Whether the set holds `value`. */
export function contains(shape: NumberShape, value: Decimal): boolean {
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
  if (shape.values !== undefined && !shape.values.some((other) => compare(other, value) === 0)) return false;
  return !shape.excluded.some((other) => compare(other, value) === 0);
}

function makeSide(
  base: { shape: NumberShape; listed: Decimal[] | undefined },
  lower: Bound | undefined,
  upper: Bound | undefined,
  negative: boolean,
): Side | undefined {
  const { shape } = base;
  let low = ZERO;
  let lowExclusive = false;
  if (
    lower !== undefined &&
    (compare(lower.value, ZERO) > 0 || (compare(lower.value, ZERO) === 0 && lower.exclusive))
  ) {
    low = lower.value;
    lowExclusive = lower.exclusive;
  }
  if (upper !== undefined && compare(upper.value, low) < 0) return undefined;
  const listed = base.listed
    ?.map((value) => (negative ? negate(value) : value))
    .filter((value) => value.coefficient >= 0n && !(negative && value.coefficient === 0n))
    .map((value) => ({ value, text: plainText(value) }));
  if (listed !== undefined && listed.length === 0) return undefined;
  const step = shape.multipleOf;
  const excluded = shape.excluded
    .map((value) => (negative ? negate(value) : value))
    .filter((value) => value.coefficient >= 0n);
  const whole = step !== undefined && isWhole(step);
  const free =
    low.coefficient === 0n &&
    upper === undefined &&
    step === undefined &&
    listed === undefined &&
    excluded.length === 0 &&
    shape.notMultipleOf.length === 0;
  return {
    shape,
    negative,
    low,
    lowExclusive,
    high: upper?.value,
    highExclusive: upper?.exclusive ?? false,
    listed,
    excluded,
    step,
    whole,
    free,
    lowText: splitText(low),
    highText: upper && splitText(upper.value),
  };
}

function splitText(value: Decimal): [string, string] {
  const [whole, fraction = ""] = plainText(value).split(".");
  return [whole, fraction];
}

function digitStep(side: Side, before: string, digit: number): State | undefined {
  return viable(side, plain(side, "int", before + digit));
}

/** A state inside plain notation: its key is what the bounds, the step and the lists still need to know. */
function plain(side: Side, kind: "int" | "point" | "frac", text: string): State {
  return {
    kind,
    side,
    text,
    key: side.listed !== undefined ? text.replace(/(\.\d*?)0+$/, "$1.") : plainKey(side, kind, text),
  };
}

function plainKey(side: Side, kind: string, text: string): string {
  const [whole, fraction = ""] = text.split(".");
  const single = whole.length === 1 && whole !== "0" ? "s" : whole === "0" ? "0" : "";
  const short = fraction.length <= 20 ? "" : "+";
  const low = relation(side.lowText, whole, fraction, kind === "int");
  const high = side.highText === undefined ? "" : relation(side.highText, whole, fraction, kind === "int");
  let rest = "";
  if (side.step !== undefined) rest += `|${stepKey(side.step, whole, fraction)}`;
  for (const step of side.shape.notMultipleOf) rest += `|${stepKey(step, whole, fraction)}`;
  if (side.excluded.length > 0) {
    const trimmed = fraction.replace(/0+$/, "");
    const near = side.excluded.some((value) => {
      const text = plainText(value);
      return text.startsWith(kind === "int" ? whole : `${whole}.${trimmed}`) || text === whole;
    });
    rest += near ? `|=${text}` : "|";
  }
  return `${single}${short}|${low}|${high}${rest}`;
}

/** How the digits so far stand to a bound: for whole parts in progress with their count, since more may follow. */
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

/** The state itself when some completion of it is in the set, else undefined. */
function viable(side: Side, state: State): State | undefined {
  return isViable(side, state) ? state : undefined;
}

function isViable(side: Side, state: State): boolean {
  if (state.kind === "minus") {
    for (let digit = 0; digit < 10; digit++) if (digitStep(side, "", digit) !== undefined) return true;
    return false;
  }
  if (side.free) return true;
  const [whole, fraction = ""] = state.text.split(".");
  if (side.listed !== undefined) {
    return side.listed.some(({ text }) => matchesListed(text, whole, fraction, state.kind));
  }
  if (isScientificPrefix(side, state, whole, fraction)) return true;
  // The values still reachable lie in [from, to): the digits as they are, or with more digits of the whole part.
  const places = fraction.length;
  const value = BigInt(whole + fraction);
  if (intervalHolds(side, value, value + 1n, places)) return true;
  if (state.kind !== "int" || whole === "0") return false;
  const most = Math.max(side.lowText[0].length, side.highText?.[0].length ?? 0, stepDigits(side)) + 2;
  let scale = 10n;
  for (let more = whole.length; more <= most; more++, scale *= 10n) {
    if (intervalHolds(side, value * scale, (value + 1n) * scale, 0)) return true;
  }
  return false;
}

function stepDigits(side: Side): number {
  return side.step === undefined ? 0 : String(side.step.coefficient).length + Math.abs(side.step.exponent);
}

function matchesListed(text: string, whole: string, fraction: string, kind: string): boolean {
  const [listedWhole, listedFraction = ""] = text.split(".");
  if (kind === "int") return listedWhole.startsWith(whole);
  if (listedWhole !== whole) return false;
  const length = Math.min(fraction.length, listedFraction.length);
  return (
    fraction.slice(0, length) === listedFraction.slice(0, length) && !/[1-9]/.test(fraction.slice(length))
  );
}

/** Whether [from, to) * 10 ** -places meets the bounds and holds a multiple of the step. */
function intervalHolds(side: Side, from: bigint, to: bigint, places: number): boolean {
  const shift = Math.max(
    places,
    -side.low.exponent,
    side.high === undefined ? 0 : -side.high.exponent,
    side.step === undefined ? 0 : -side.step.exponent,
  );
  const scale = 10n ** BigInt(shift - places);
  let low = from * scale;
  let high = to * scale;
  const bound = scaled(side.low, shift);
  let openLow = false;
  if (bound > low || (bound === low && side.lowExclusive)) {
    openLow = side.lowExclusive;
    low = bound;
  }
  // The upper end of the interval is open, a bound may be closed: compare on a grid twice as fine.
  let openHigh = true;
  if (side.high !== undefined) {
    const top = scaled(side.high, shift);
    if (top < high) {
      high = top;
      openHigh = side.highExclusive;
    }
  }
  if (side.step === undefined) return low < high || (low === high && !openLow && !openHigh);
  const size = scaled(side.step, shift);
  let multiple = ceilDivide(low, size) * size;
  if (openLow && multiple === low) multiple += size;
  return multiple < high || (multiple === high && !openHigh);
}

function ceilDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b > 0n ? quotient + 1n : quotient;
}

function accepts(side: Side, state: State): boolean {
  if (state.kind === "minus" || state.kind === "point" || state.kind === "sci") return false;
  if (state.kind === "exp") return exponentAccepts(side, state);
  const value = parseDecimal(state.text);
  return contains(side.shape, side.negative ? negate(value) : value);
}

// Exponents.

const LARGEST_PLAIN: Decimal = { coefficient: 1n, exponent: 21 };
const SMALLEST_PLAIN: Decimal = { coefficient: 1n, exponent: -6 };

/** The signs an exponent may have here: 1, -1, 0 for both; undefined for no exponent. */
function exponentSign(side: Side, text: string): number | undefined {
  if (side.free) return 0;
  if (side.listed !== undefined || side.shape.notMultipleOf.length > 0) return undefined;
  if (!/^[1-9](\.|$)/.test(text)) return undefined;
  const large =
    side.high === undefined &&
    compare(side.low, LARGEST_PLAIN) <= 0 &&
    (side.step === undefined || (!/\.\d*[1-9]/.test(text) && stepMeetsPowers(side, text)));
  if (large) return 1;
  const small =
    side.low.coefficient === 0n &&
    side.step === undefined &&
    (side.high === undefined || compare(side.high, SMALLEST_PLAIN) >= 0);
  return small ? -1 : undefined;
}

/** Some power of ten makes the mantissa a multiple of the step: what is left of the step must divide it. */
function stepMeetsPowers(side: Side, text: string): boolean {
  if (side.shape.noFraction) return false;
  let modulus = side.step!.coefficient;
  while (modulus % 2n === 0n) modulus /= 2n;
  while (modulus % 5n === 0n) modulus /= 5n;
  return BigInt(text.split(".")[0]) % modulus === 0n;
}

function isScientificPrefix(side: Side, state: State, whole: string, fraction: string): boolean {
  if (whole.length !== 1 || whole === "0" || fraction.length > 20) return false;
  return side.step === undefined && state.kind !== "minus" && exponentSign(side, state.text) !== undefined;
}

function exponentStart(side: Side, state: State): State | undefined {
  const sign = exponentSign(side, state.text);
  if (sign === undefined) return undefined;
  const zero = !/[1-9]/.test(state.text);
  if (zero && (side.lowExclusive || !contains(side.shape, ZERO))) return undefined;
  const mantissa = side.step === undefined ? (zero ? "0" : "1") : state.text;
  return { kind: "sci", side, key: `${sign}|${mantissa}|`, text: `${mantissa}e`, exponentSign: sign };
}

function exponentStep(side: Side, state: State, c: number): State | undefined {
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
  const next: State = {
    kind: "exp",
    side,
    key: `${sign}|${mantissa}|${kept}`,
    text: `${mantissa}e${kept}`,
    exponentSign: sign,
  };
  if (side.step !== undefined && !exponentCanAccept(side, next)) return undefined;
  return next;
}

function exponentAccepts(side: Side, state: State): boolean {
  if (side.free) return true;
  const [mantissa, exponent] = state.text.split("e");
  const size = Number(exponent.replace(/^[+-]/, ""));
  if (state.exponentSign === 1 ? size < 21 : size < 7) return false;
  if (size > 400 && side.step !== undefined) return false;
  return (
    side.step === undefined || isMultiple(parseDecimal(`${mantissa.split(".")[0]}e${size}`), side.step ?? ONE)
  );
}

function exponentCanAccept(side: Side, state: State): boolean {
  const [mantissa, exponent] = state.text.split("e");
  for (const tail of ["", "0", "1", "2", "3", "5", "00", "50"]) {
    if (exponentAccepts(side, { ...state, text: `${mantissa}e${exponent}${tail}` })) return true;
  }
  return false;
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
  ].join(";");
}
