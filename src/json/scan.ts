import { OpenNames } from "./openNames.js";
import { type ParseLimits, tooDeep, unexpected } from "./syntax.js";

/**
 * The positions of the arrays and objects of a text, in the order in which they start: three integers each, so that a text of
 * megabytes takes little additional memory.
 *
 *     tape[3 * index]      its start, in UTF-16 code units
 *     tape[3 * index + 1]  the position after its last character
 *     tape[3 * index + 2]  the index of the first one that starts after it; those before are inside it
 */
export type Tape = Int32Array;
export const TAPE_STEP = 3;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_U = 0x75;
const DIGIT_ZERO = 0x30;
const DIGIT_ONE = 0x31;
const DIGIT_NINE = 0x39;
const WORDS = ["true", "false", "null"];

/** What may come next. */
const VALUE = 0;
const FIRST_ITEM = 1;
const NAME = 2;
const FIRST_NAME = 3;
const BEHIND_NAME = 4;
const BEHIND_VALUE = 5;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX_DIGITS = /[\da-fA-F]{4}/y;
/** Letters that form a two-character escape after a backslash. */
const SHORT_ESCAPES = new Set([...'"\\/bfnrt'].map((letter) => letter.charCodeAt(0)));
const DEFAULT_DEPTH = 4096;

export interface ScanOptions extends ParseLimits {
  /** Whether a name that an object has more than once is an error, `RepeatedNameError`. */
  distinctNames?: boolean;
}

/** Checks piece by piece that a text is JSON (RFC 8259), and records the positions of arrays and objects. Creates no values. */
export class Scanner {
  private readonly text: string;
  private readonly depth: number;
  private tape: Tape = new Int32Array(64 * TAPE_STEP);
  private count = 0;
  /** The open arrays and objects, by index. */
  private readonly open: number[] = [];
  /** Their names, if each may occur only once. */
  private readonly names: OpenNames | undefined;
  private nameStart = 0;
  private next = VALUE;
  private at = 0;
  /** Whether a string is open: it may be longer than what one call of `advance` checks. */
  private isInString = false;

  constructor(text: string, { depth = DEFAULT_DEPTH, distinctNames = false }: ScanOptions = {}) {
    this.text = text;
    this.depth = depth;
    if (distinctNames) this.names = new OpenNames();
  }

  /** Continues for about `characters`; returns true at the end of the text. Throws `JsonSyntaxError` or `RepeatedNameError`. */
  advance(characters: number): boolean {
    const { text } = this;
    const stop = Math.min(this.at + characters, text.length);
    while (this.at < stop) {
      if (this.isInString) {
        this.at = withinString(text, this.at, stop);
        if (this.at < stop && text.charCodeAt(this.at) === QUOTE) {
          this.at++;
          this.isInString = false;
          if (this.next === BEHIND_NAME) this.names?.enter(text.slice(this.nameStart, this.at));
        }
        continue;
      }
      const code = text.charCodeAt(this.at);
      if (isSpace(code)) this.at++;
      else this.take(code);
    }
    if (this.at < text.length) return false;
    if (this.isInString) throw unexpected(text, text.length);
    if (this.next !== BEHIND_VALUE || this.open.length > 0) throw unexpected(text, this.at);
    return true;
  }

  /** The positions for the whole text, after `advance` has returned true. */
  get result(): Tape {
    return this.tape.subarray(0, this.count * TAPE_STEP);
  }

  private take(code: number): void {
    const { next } = this;
    if (next === BEHIND_VALUE) this.goOn(code);
    else if (next === FIRST_NAME && code === CLOSE_OBJECT) this.close();
    else if (next === FIRST_ITEM && code === CLOSE_ARRAY) this.close();
    else if (next === BEHIND_NAME) {
      if (code !== COLON) throw unexpected(this.text, this.at);
      this.at++;
      this.next = VALUE;
    } else if (next === NAME || next === FIRST_NAME) {
      if (code !== QUOTE) throw unexpected(this.text, this.at);
      this.nameStart = this.at;
      this.beginString(BEHIND_NAME);
    } else if (code === QUOTE) this.beginString(BEHIND_VALUE);
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) this.begin(code);
    else {
      this.at = endOfScalar(this.text, this.at);
      this.next = BEHIND_VALUE;
    }
  }

  private beginString(next: number): void {
    this.at++;
    this.isInString = true;
    this.next = next;
  }

  private begin(code: number): void {
    const from = this.at++;
    if (this.open.length >= this.depth && !this.isEmpty(code)) throw tooDeep(this.depth, from);
    const index = this.count++;
    if (index * TAPE_STEP === this.tape.length) {
      const longer = new Int32Array(this.tape.length * 2);
      longer.set(this.tape);
      this.tape = longer;
    }
    this.tape[index * TAPE_STEP] = from;
    this.open.push(index);
    this.names?.begin(code === OPEN_OBJECT);
    this.next = code === OPEN_ARRAY ? FIRST_ITEM : FIRST_NAME;
  }

  private isEmpty(code: number): boolean {
    let at = this.at;
    while (isSpace(this.text.charCodeAt(at))) at++;
    return this.text.charCodeAt(at) === code + 2;
  }

  /** After a value: a comma, or the end of its container. */
  private goOn(code: number): void {
    const index = this.open[this.open.length - 1];
    if (index === undefined) throw unexpected(this.text, this.at);
    const isArray = this.text.charCodeAt(this.tape[index * TAPE_STEP]) === OPEN_ARRAY;
    if (code === COMMA) {
      this.at++;
      this.next = isArray ? VALUE : NAME;
      if (isArray) this.names?.nextItem();
    } else if (code === (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) this.close();
    else throw unexpected(this.text, this.at);
  }

  private close(): void {
    const index = this.open.pop()!;
    this.names?.end();
    this.at++;
    this.tape[index * TAPE_STEP + 1] = this.at;
    this.tape[index * TAPE_STEP + 2] = this.count;
    this.next = BEHIND_VALUE;
  }
}

export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The position after the scalar that starts at `from`. Throws `JsonSyntaxError`. */
export function endOfScalar(text: string, from: number): number {
  const code = text.charCodeAt(from);
  if (code === QUOTE) return endOfString(text, from);
  if (code >= DIGIT_ONE && code <= DIGIT_NINE) {
    let at = from + 1;
    while (isDigit(text.charCodeAt(at))) at++;
    if (!goesOnAsNumber(text.charCodeAt(at))) return at;
  }
  for (const word of WORDS) if (text.startsWith(word, from)) return from + word.length;
  NUMBER.lastIndex = from;
  if (!NUMBER.test(text)) throw unexpected(text, from);
  return NUMBER.lastIndex;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_ZERO && code <= DIGIT_NINE;
}

/** A point, or an exponent. */
function goesOnAsNumber(code: number): boolean {
  return code === 0x2e || code === 0x65 || code === 0x45;
}

/** The position after the closing quote of the string that starts at `from`. Throws `JsonSyntaxError`. */
export function endOfString(text: string, from: number): number {
  const at = withinString(text, from + 1, text.length);
  if (at >= text.length) throw unexpected(text, text.length);
  return at + 1;
}

/** Advances inside a string to its closing quote, or to `stop` or just after it. Throws `JsonSyntaxError`. */
function withinString(text: string, from: number, stop: number): number {
  let at = from;
  while (at < stop) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += escapeLength(text, at);
    else if (code >= 0x20) at++;
    else throw unexpected(text, at);
  }
  return at;
}

function escapeLength(text: string, at: number): number {
  const letter = text.charCodeAt(at + 1);
  if (SHORT_ESCAPES.has(letter)) return 2;
  HEX_DIGITS.lastIndex = at + 2;
  if (letter === LETTER_U && HEX_DIGITS.test(text)) return 6;
  throw unexpected(text, at);
}
