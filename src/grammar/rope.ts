import { LimitError } from "../errors.js";
import type { Binary } from "./bytes.js";
import type { Fuel } from "./fuel.js";

/**
 * A text in shared parts that are never copied. Its length may be far greater than what fits into memory (a hundred million items).
 * Immutable.
 *
 * A leaf has a `text`; a concatenation has `left` before `right`; a repetition has `unit`, repeated `times`.
 */
export class Rope {
  /** Length in bytes; approximate beyond 2^53. */
  readonly length: number;
  readonly text: Binary | undefined;
  readonly left: Rope | undefined;
  readonly right: Rope | undefined;
  readonly unit: Rope | undefined;
  readonly times: number;
  /** Data that readers of ropes cache. */
  note: unknown;

  private constructor(
    length: number,
    text: Binary | undefined,
    left: Rope | undefined,
    right: Rope | undefined,
    unit: Rope | undefined,
    times: number,
  ) {
    this.length = length;
    this.text = text;
    this.left = left;
    this.right = right;
    this.unit = unit;
    this.times = times;
  }

  static readonly EMPTY = new Rope(0, "", undefined, undefined, undefined, 1);

  static of(text: Binary): Rope {
    return text.length === 0 ? Rope.EMPTY : new Rope(text.length, text, undefined, undefined, undefined, 1);
  }

  /** Concatenates the parts; short ones become one leaf. */
  static join(...parts: readonly (Rope | Binary)[]): Rope {
    let joined = Rope.EMPTY;
    for (let i = parts.length - 1; i >= 0; i--) {
      const part = parts[i];
      joined = typeof part === "string" ? before(Rope.of(part), joined) : before(part, joined);
    }
    return joined;
  }

  static repeat(unit: Rope, times: number): Rope {
    if (times === 0 || unit.length === 0) return Rope.EMPTY;
    if (times === 1) return unit;
    if (unit.text !== undefined && unit.length * times <= LEAF) return Rope.of(unit.text.repeat(times));
    return new Rope(unit.length * times, undefined, undefined, undefined, unit, times);
  }

  /** The concatenation of two non-empty parts. */
  static pair(left: Rope, right: Rope): Rope {
    return new Rope(left.length + right.length, undefined, left, right, undefined, 1);
  }

  /** The bytes from the first on, generated lazily. */
  *bytes(): Generator<number, void, undefined> {
    const stack: { rope: Rope; left: number }[] = [{ rope: this, left: this.times }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { rope } = top;
      if (rope.text !== undefined) {
        for (let i = 0; i < rope.text.length; i++) yield rope.text.charCodeAt(i);
      } else if (rope.unit !== undefined) {
        if (top.left > 1) stack.push({ rope, left: top.left - 1 });
        stack.push({ rope: rope.unit, left: rope.unit.times });
      } else {
        stack.push({ rope: rope.right!, left: rope.right!.times });
        stack.push({ rope: rope.left!, left: rope.left!.times });
      }
    }
  }

  /** The whole text; undefined if it is longer than `most` bytes. */
  flatten(most = MAX_FLAT): Binary | undefined {
    if (this.text !== undefined) return this.text;
    if (this.length > most) return undefined;
    const parts: Binary[] = [];
    const stack: Rope[] = [this];
    for (let rope = stack.pop(); rope !== undefined; rope = stack.pop()) {
      if (rope.text !== undefined) parts.push(rope.text);
      else if (rope.unit !== undefined) {
        const unit = rope.unit.flatten(most);
        parts.push(unit!.repeat(rope.times));
      } else stack.push(rope.right!, rope.left!);
    }
    return parts.join("");
  }

  /** The rope without its first byte. */
  get rest(): Rope {
    if (this.text !== undefined) return Rope.of(this.text.slice(1));
    if (this.unit !== undefined) return Rope.join(this.unit.rest, Rope.repeat(this.unit, this.times - 1));
    return Rope.join(this.left!.rest, this.right!);
  }
}

/** Leaves up to this length are copied together: a concatenation takes more memory. */
const LEAF = 24;
/** Maximum length in bytes of a text made from a rope. */
const MAX_FLAT = 64 << 20;

function before(left: Rope, right: Rope): Rope {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  if (left.text !== undefined) {
    if (right.text !== undefined && left.length + right.length <= LEAF)
      return Rope.of(left.text + right.text);
    const first = right.left;
    if (first?.text !== undefined && left.length + first.length <= LEAF)
      return Rope.pair(Rope.of(left.text + first.text), right.right!);
  }
  return Rope.pair(left, right);
}

/** The rope as a text; throws a `LimitError` if it is too long. */
export function flat(rope: Rope, fuel?: Fuel): Binary {
  if (rope.text !== undefined) return rope.text;
  const text = rope.flatten();
  if (text === undefined)
    throw new LimitError("memoryBytes", `The shortest text that is needed here has ${rope.length} bytes.`);
  fuel?.spend(text.length);
  return text;
}
