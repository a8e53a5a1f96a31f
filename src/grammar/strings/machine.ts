import { alikeBytes, type Content, endlessStates } from "../content/content.js";
import type { Rope } from "../rope.js";
import { StringClosings } from "./closings.js";
import {
  beginsLow,
  CONTROL_BY_SHORT,
  controlReachable,
  isHexPrefix,
  isLow,
  MAX_ESCAPE,
  SHORT_ESCAPES,
} from "./escapes.js";
import { LengthSets } from "./lengthSets.js";
import { countTexts } from "./shortTexts.js";

/**
 * Permitted spellings of a string: all of RFC 8259; all except escapes of lone surrogates, which strict readers reject; or one per
 * character.
 */
export type Escapes = "all" | "paired" | "canonical";

export interface StringMachineOptions {
  content: Content;
  escapes: Escapes;
  /** Length bounds in code points. */
  minLength: number;
  maxLength: number;
  /** The machine of the same content and escapes without length bounds, if it exists. */
  unbounded?: StringMachine;
}

const UNKNOWN = -1;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** The position of a state inside the spelling of a character. */
const NORMAL = 0;
const ESCAPE = 1;
/** In `\uXXXX`; `detail` has a leading 1 followed by the hexadecimal digits read, which shows their number. */
const UNICODE = 2;
/** After an escaped high surrogate: a low one belongs to the same code point. */
const AFTER_HIGH = 3;
const ESCAPE_AFTER_HIGH = 4;
const UNICODE_AFTER_HIGH = 5;
/** After byte ED: A0 ... BF would spell a surrogate, which is not valid UTF-8. */
const AFTER_ED = 6;

/**
 * The inside of a JSON string, byte by byte, from after the opening quote: the JSON spelling (escapes, UTF-8) around
 * a content automaton, with the number of code points counted.
 *
 * States are tuples (phase, detail, content state, code points so far), created on demand. `next[state * 256 + byte]` is the
 * successor: 0 for none, -1 while unknown, below -1 for the closing quote with label `-2 - value`. State 0 is dead, 1 the start.
 * Every other state can be completed.
 */
export class StringMachine {
  readonly content: Content;
  readonly escapes: Escapes;
  readonly minLength: number;
  readonly maxLength: number;
  readonly start: number;
  /** The same machine without length bounds, whose masks are used by states far from the bounds. */
  readonly unbounded: StringMachine;
  /** Places by state. */
  readonly places: unknown[] = [];
  next = new Int32Array(8 * 256).fill(UNKNOWN);
  private readonly phase: number[] = [0];
  private readonly detail: number[] = [0];
  private readonly inner: number[] = [0];
  private readonly count: number[] = [0];
  private readonly closings = new StringClosings(this);
  private readonly ids = new Map<number | string, number>();
  private readonly counting: boolean;
  private lengths: LengthSets | undefined;
  private texts: number | undefined;
  private endless: Uint8Array | undefined;
  private alike: (readonly number[])[] | undefined;

  constructor(options: StringMachineOptions) {
    this.content = options.content;
    this.escapes = options.escapes;
    this.minLength = options.minLength;
    this.maxLength = options.maxLength;
    this.counting = options.minLength > 0 || options.maxLength !== Number.POSITIVE_INFINITY;
    this.unbounded = this.counting
      ? (options.unbounded ??
        new StringMachine({ ...options, minLength: 0, maxLength: Number.POSITIVE_INFINITY }))
      : this;
    this.next.fill(0, 0, 256);
    this.start = this.content.start === 0 ? 0 : this.intern(NORMAL, 0, this.content.start, 0);
  }

  get isEmpty(): boolean {
    return this.start === 0;
  }

  get stateCount(): number {
    return this.phase.length;
  }

  /** Whether the machine's language surely has at least `least` texts, for values up to a few thousand. */
  hasAtLeast(least: number): boolean {
    if (this.isEmpty) return least <= 0;
    this.texts ??= countTexts(this.content, this.minLength, this.maxLength);
    return this.texts >= least;
  }

  step(state: number, byte: number): number {
    const known = this.next[(state << 8) | byte];
    return known !== UNKNOWN ? known : this.find(state, byte);
  }

  /** Code points started before `state`, capped when more make no difference. */
  countAt(state: number): number {
    return this.count[state];
  }

  /** Whether the state is at a character boundary or inside a UTF-8 sequence, not in an escape. */
  isPlain(state: number): boolean {
    return this.phase[state] === NORMAL;
  }

  /** Right after a backslash that starts a character. */
  isBehindBackslash(state: number): boolean {
    return this.phase[state] === ESCAPE;
  }

  /** After an escaped high surrogate: whether another character may follow depends on the permitted escapes. */
  isBehindHigh(state: number): boolean {
    return this.phase[state] === AFTER_HIGH;
  }

  contentStateAt(state: number): number {
    return this.inner[state];
  }

  /**
   * Whether the length bounds make no difference after any `bytes` more bytes, neither for what may follow nor for the ending: the
   * minimum length is reached, the maximum is far, and the content does not affect the ending.
   */
  isFarFromBounds(state: number, bytes: number): boolean {
    if (!this.counting || !this.content.isUniversal || this.count[state] < this.minLength) return false;
    return this.maxLength - this.count[state] > bytes + MAX_ESCAPE;
  }

  /** Whether each character has one spelling only. */
  private get isOneSpelling(): boolean {
    return !this.content.isUniversal || this.escapes === "canonical";
  }

  /** The state of `unbounded` with the same spelling and content. */
  unboundedState(state: number): number {
    return this.unbounded === this
      ? state
      : this.unbounded.intern(this.phase[state], this.detail[state], this.inner[state], 0);
  }

  /** Whether infinitely many texts surely follow, so that excluding some always leaves others. */
  isEndless(state: number): boolean {
    if (this.maxLength !== Number.POSITIVE_INFINITY || this.phase[state] !== NORMAL) return false;
    if (this.content.isUniversal) return true;
    this.endless ??= endlessStates(this.content);
    return this.endless[this.inner[state]] === 1;
  }

  /** Whether states include the number of code points, for length bounds. */
  get isCounting(): boolean {
    return this.counting;
  }

  /**
   * The number of further code points, up to `most`, that can be read from `state` in characters that do not change the content
   * state, so that the length bounds can still be satisfied after each of them.
   */
  roomAt(state: number, most: number): number {
    const inner = this.inner[state];
    const count = this.count[state];
    let room = 0;
    while (room < most && this.isViable(inner, count + room + 1)) room++;
    return room;
  }

  private find(state: number, byte: number): number {
    const target = this.successor(state, byte);
    const { next } = this;
    if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH || byte === 0xed || this.phase[state] !== NORMAL)
      next[(state << 8) | byte] = target;
    else for (const alike of this.bytesLike(byte)) next[(state << 8) | alike] = target;
    return target;
  }

  /** Bytes that, in characters without escapes, are equivalent to `byte` in all states. */
  private bytesLike(byte: number): readonly number[] {
    this.alike ??= alikeBytes(this.content);
    return this.alike[byte];
  }

  private successor(state: number, byte: number): number {
    const phase = this.phase[state];
    const inner = this.inner[state];
    const count = this.count[state];
    switch (phase) {
      case AFTER_ED:
        return byte >= 0x80 && byte < 0xa0 ? this.plainByte(inner, count, byte) : 0;
      case NORMAL:
        return this.characterByte(state, inner, count, byte);
      case AFTER_HIGH:
        if (byte === BACKSLASH) return this.intern(ESCAPE_AFTER_HIGH, 0, inner, count);
        return this.escapes === "paired" ? 0 : this.characterByte(state, inner, count, byte);
      case ESCAPE:
      case ESCAPE_AFTER_HIGH: {
        if (byte === LOWER_U) {
          if (this.isOneSpelling && !this.controlViable(1, inner, count)) return 0;
          return this.intern(phase === ESCAPE ? UNICODE : UNICODE_AFTER_HIGH, 1, inner, count);
        }
        if (phase === ESCAPE_AFTER_HIGH && this.escapes === "paired") return 0;
        const decoded = SHORT_ESCAPES[byte];
        if (decoded === 0 || (byte === 0x2f && this.escapes === "canonical")) return 0;
        return this.feed(inner, count + 1, decoded);
      }
      default:
        return this.hexadecimal(phase, this.detail[state], inner, count, byte);
    }
  }

  private characterByte(state: number, inner: number, count: number, byte: number): number {
    if (byte === QUOTE) {
      const label = this.content.label[inner];
      return label >= 0 && count >= this.minLength && this.isBetweenCharacters(state) ? -2 - label : 0;
    }
    if (byte === BACKSLASH) return this.isBetweenCharacters(state) ? this.intern(ESCAPE, 0, inner, count) : 0;
    if (byte < 0x20) return 0;
    if (byte === 0xed) {
      const target = this.contentStep(inner, byte);
      return target === 0 ? 0 : this.intern(AFTER_ED, 0, target, count + 1);
    }
    return this.plainByte(inner, count, byte);
  }

  /** A quote or backslash cannot occur inside a UTF-8 sequence: the content automaton has no transition for them there. */
  isBetweenCharacters(state: number): boolean {
    const inner = this.inner[state];
    return (
      this.content.label[inner] >= 0 ||
      this.contentStep(inner, QUOTE) !== 0 ||
      this.contentStep(inner, 0x61) !== 0 ||
      !this.onlyContinues(inner)
    );
  }

  private onlyContinues(inner: number): boolean {
    for (let byte = 0; byte < 0x80; byte++) if (this.contentStep(inner, byte) !== 0) return false;
    for (let byte = 0xc2; byte < 0xf5; byte++) if (this.contentStep(inner, byte) !== 0) return false;
    return true;
  }

  private plainByte(inner: number, count: number, byte: number): number {
    return this.feed(inner, (byte & 0xc0) === 0x80 ? count : count + 1, byte);
  }

  private feed(inner: number, count: number, byte: number): number {
    const target = this.contentStep(inner, byte);
    return target === 0 ? 0 : this.intern(NORMAL, 0, target, count);
  }

  private hexadecimal(phase: number, detail: number, inner: number, count: number, byte: number): number {
    let digit = byte - 0x30;
    if (digit < 0 || digit > 9) {
      digit = (byte | 0x20) - 0x61 + 10;
      if (digit < 10 || digit > 15) return 0;
      if (this.escapes === "canonical" && byte < 0x61) return 0;
    }
    const value = detail * 16 + digit;
    if (this.isOneSpelling) {
      // Only control characters without a short escape are written like this.
      if (!controlReachable(value) || !this.controlViable(value, inner, count)) return 0;
      return value >= 0x10000
        ? this.feed(inner, count + 1, value & 0xffff)
        : this.intern(phase, value, inner, count);
    }
    if (phase === UNICODE_AFTER_HIGH && !beginsLow(value)) {
      // Not the second half: a separate character after a lone surrogate.
      if (this.escapes === "paired" || count + 1 > this.maxLength) return 0;
    } else if (phase === UNICODE && this.escapes === "paired" && isLow(value)) return 0;
    if (value < 0x10000) return this.intern(phase, value, inner, count);
    const unit = value & 0xffff;
    if (phase === UNICODE_AFTER_HIGH && unit >= 0xdc00 && unit < 0xe000)
      return this.intern(NORMAL, 0, inner, count);
    return this.intern(unit >= 0xd800 && unit < 0xdc00 ? AFTER_HIGH : NORMAL, 0, inner, count + 1);
  }

  private controlViable(value: number, inner: number, count: number): boolean {
    for (let control = 0; control < 32; control++) {
      if (CONTROL_BY_SHORT[control] === 1) continue;
      if (
        isHexPrefix(value, control) &&
        this.contentStep(inner, control) !== 0 &&
        this.isViable(this.contentStep(inner, control), count + 1)
      ) {
        return true;
      }
    }
    return false;
  }

  private contentStep(inner: number, byte: number): number {
    const { next, classOf, classCount } = this.content;
    return next[inner * classCount + classOf[byte]];
  }

  private intern(phase: number, detail: number, inner: number, count: number): number {
    if (!this.counting) count = 0;
    else {
      if (!this.isViable(inner, count, phase)) return 0;
      // Beyond the minimum length, without a maximum, the count is irrelevant.
      if (this.maxLength === Number.POSITIVE_INFINITY && count > this.minLength) count = this.minLength;
    }
    if (phase === ESCAPE && !this.content.isUniversal && !this.escapeViable(inner, count)) return 0;
    const key =
      detail === 0 ? (inner * 8 + phase) * 0x400000 + count : `${phase},${detail},${inner},${count}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.phase.length;
    this.phase.push(phase);
    this.detail.push(detail);
    this.inner.push(inner);
    this.count.push(count);
    this.ids.set(key, id);
    if ((id + 1) << 8 > this.next.length) {
      const larger = new Int32Array(this.next.length * 2).fill(UNKNOWN);
      larger.set(this.next);
      this.next = larger;
    }
    return id;
  }

  /** Whether some escape can follow a backslash so that the string can end after it. */
  private escapeViable(inner: number, count: number): boolean {
    for (let letter = 0x22; letter < 0x75; letter++) {
      const decoded = SHORT_ESCAPES[letter];
      if (decoded === 0 || (decoded === 0x2f && this.escapes === "canonical")) continue;
      const target = this.contentStep(inner, decoded);
      if (target !== 0 && this.isViable(target, count + 1)) return true;
    }
    return this.controlViable(1, inner, count);
  }

  /** Whether some text from content state `inner`, after `count` code points, ends within the length bounds. */
  private isViable(inner: number, count: number, phase = NORMAL): boolean {
    if (!this.counting) return true;
    if (phase === ESCAPE || phase === UNICODE) {
      // The character of an escape is checked before the escape starts.
      if (!this.content.isUniversal) return true;
      count++;
    }
    if (count > this.maxLength) return false;
    if (this.content.isUniversal) return true;
    return this.lengthSets.reaches(
      inner,
      this.minLength - Math.min(count, this.minLength),
      this.maxLength - count,
    );
  }

  /** A short ending of the string from `state`, including the closing quote. */
  closing(state: number): Rope {
    return this.closings.of(state);
  }

  /** Maximum length in bytes of the ending after any token from `state`. */
  furthestClosing(state: number): number {
    return this.closings.furthest(state);
  }

  /** The numbers of code points after which texts of the content can end. */
  get lengthSets(): LengthSets {
    this.lengths ??= new LengthSets(this.content, this.minLength, this.maxLength);
    return this.lengths;
  }

  /** Approximate memory of the machine's cached data, in bytes. */
  get byteLength(): number {
    return this.next.byteLength + this.phase.length * 64 + (this.lengths?.byteLength ?? 0);
  }
}
