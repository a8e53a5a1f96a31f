import type { Fuel } from "../fuel.js";
import { CLASS_OF, CLASSES, EXPONENT, MINUS, POINT } from "./classes.js";
import { numericClosing } from "./closing.js";
import { ZERO } from "./decimal.js";
import { exponentStart, exponentStep } from "./exponent.js";
import { mantissaTail } from "./scientific.js";
import { contains, flip, listValues, type NumberShape } from "./shape.js";
import { accepts, digitStep, makeSide, plain, viable } from "./side.js";
import type { NumberState, Side } from "./state.js";

const UNKNOWN = -1;
/** States for which there is room at first; the machine of a constant has few. */
const FIRST_STATES = 8;
/** Approximate cost of visiting a state, in elementary steps. */
const SEARCH_WORK = 200;
/** The same if each mantissa is a state of its own. */
const EXACT_SEARCH_WORK = 50_000;
/** Maximum number of states searched for an ending of a number if arithmetic has found none. */
const MAX_SEARCHED = 5000;

/**
 * Texts of JSON numbers within a `NumberShape`, byte by byte. States are created on demand and interned by their possible
 * continuations; `next[state * 14 + class]` is the successor, 0 for none, -1 while unknown. State 0 is dead, 1 the start.
 * Every other state can be completed.
 *
 * Exponents: if at most the sign is restricted, every spelling is accepted. With other bounds and `multipleOf`, plain notation is
 * accepted, and the normal form that programs print for very large (1e+21) and very small (1e-7) numbers. A negative zero is
 * zero; in plain notation it is only written among negative numbers.
 */
export class NumberMachine {
  private next = new Int32Array(FIRST_STATES * CLASSES).fill(UNKNOWN);
  private readonly states: NumberState[] = [];
  private readonly ids = new Map<string, number>();
  private readonly positive: Side | undefined;
  private readonly negative: Side | undefined = undefined;
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
    if (lower === undefined || lower.value.coefficient < 0n)
      this.negative = makeSide(base, upper && flip(upper), lower && flip(lower), true);
    else if (!shape.plain && contains(shape, ZERO))
      this.negative = makeSide({ shape, listed: [ZERO] }, undefined, undefined, true);
    this.states.push(undefined as unknown as NumberState);
    this.intern({ kind: "start", key: "", side: undefined, text: "" });
  }

  /** Whether any number is in the set. */
  get isEmpty(): boolean {
    for (let c = 0; c <= MINUS; c++) if (this.stepClass(1, c) !== 0) return false;
    return true;
  }

  /** Spends the arithmetic that a first step needs; that it finds a successor is the caller's step. */
  step(state: number, byte: number, fuel?: Fuel): number {
    const c = CLASS_OF[byte];
    if (c < 0) return 0;
    const { work } = this;
    const target = this.stepClass(state, c);
    fuel?.spend(this.work - work);
    return target;
  }

  isAccepting(state: number): boolean {
    return this.states[state].accepting === true;
  }

  /** Elementary steps of all arithmetic so far. */
  get work(): number {
    return (this.positive?.work ?? 0) + (this.negative?.work ?? 0);
  }

  /** A (nearly) shortest continuation from `state` to a complete number. */
  closing(state: number, fuel?: Fuel): string {
    const found = this.states[state];
    if (found.closing === undefined) {
      const { work } = this;
      found.closing = this.findClosing(state, fuel);
      fuel?.spend(this.work - work);
    }
    return found.closing;
  }

  private findClosing(start: number, fuel: Fuel | undefined): string {
    const known = start === this.start ? this.firstClosing() : this.arithmetic(start);
    return known ?? this.searchClosing(start, fuel);
  }

  private firstClosing(): string | undefined {
    const positive = this.positive && firstDigitsOf(this.positive);
    const negative = this.negative && firstDigitsOf(this.negative);
    const signed = negative && `-${negative}`;
    const [first, second] = signed && isShorter(signed, positive) ? [signed, positive] : [positive, signed];
    return this.leading(this.start, first) ?? this.leading(this.start, second);
  }

  private arithmetic(start: number): string | undefined {
    if (this.isAccepting(start)) return "";
    const state = this.states[start];
    const { side } = state;
    if (side === undefined) return undefined;
    const found = this.leading(start, numericClosing(side, state));
    if (!side.isExact) return found;
    const tail = mantissaTail(side, state);
    return tail !== undefined && isShorter(tail, found) && this.leads(start, tail) ? tail : found;
  }

  /** `text`, possibly with a fraction, if it leads from `start` to a complete number. */
  private leading(start: number, text: string | undefined): string | undefined {
    if (text === undefined || this.leads(start, text)) return text;
    const spelled = `${text}.0`;
    return this.leads(start, spelled) ? spelled : undefined;
  }

  /** Whether `text` leads from `start` to a complete number. */
  private leads(start: number, text: string): boolean {
    let state = start;
    for (let i = 0; i < text.length && state !== 0; i++) state = this.step(state, text.charCodeAt(i));
    return state !== 0 && this.isAccepting(state);
  }

  private searchClosing(start: number, fuel: Fuel | undefined): string {
    // Breadth first, so the first accepting state is the nearest.
    const queue: [number, string][] = [[start, ""]];
    const seen = new Set([start]);
    for (let at = 0; at < queue.length && at < MAX_SEARCHED; at++) {
      const [state, text] = queue[at];
      fuel?.spend(this.states[state].side?.isExact === true ? EXACT_SEARCH_WORK : SEARCH_WORK);
      if (this.isAccepting(state)) return text;
      for (let c = 0; c <= POINT; c++) {
        const target = this.stepClass(state, c);
        if (target !== 0 && !seen.has(target)) {
          seen.add(target);
          queue.push([target, text + "0123456789-+."[c]]);
        }
      }
    }
    // In an exponent only digits can follow.
    return ["e-7", "e+21", "0e+21", "0e-7"].find((tail) => this.leads(start, tail)) ?? "0";
  }

  private stepClass(state: number, c: number): number {
    const known = this.next[state * CLASSES + c];
    if (known !== UNKNOWN) return known;
    const from = this.states[state];
    const successor = this.successor(from, c);
    const id = successor === undefined ? 0 : this.intern(successor);
    this.next[state * CLASSES + c] = id;
    return id;
  }

  private intern(state: NumberState): number {
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

  private successor(state: NumberState, c: number): NumberState | undefined {
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
        if (c === POINT) return viable(side, plain(side, "point", text));
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

/** A short number of the side, with an exponent if that is shorter. */
function firstDigitsOf(side: Side): string | undefined {
  let found = numericClosing(side, beginning(side));
  for (let digit = 1; side.isExact && digit < 10; digit++) {
    const tail = mantissaTail(side, plain(side, "int", String(digit)));
    if (tail !== undefined && isShorter(`${digit}${tail}`, found)) found = `${digit}${tail}`;
  }
  return found;
}

function isShorter(text: string, than: string | undefined): boolean {
  return than === undefined || text.length < than.length;
}

/** Before the first digit of one side. */
function beginning(side: Side): NumberState {
  return { kind: "minus", side, key: "", text: "" };
}
