import type { ByteSet } from "../byteSet.js";
import type { Binary } from "../bytes.js";
import { Rope } from "../rope.js";

/** A sorted list of numbered byte strings; its spans are followed byte by byte. */
export class LiteralList {
  readonly texts: readonly Binary[];
  readonly values: readonly number[];
  private readonly spans = new Map<number, LiteralSpan>();
  /** Ends of long texts, by text and piece, shared by all rests of a text. */
  private readonly tails = new Map<number, Rope>();
  /** The span of the whole list, with nothing read. */
  readonly whole: LiteralSpan;

  /** `texts` sorted by bytes, each with the number at its index in `values`. */
  constructor(texts: readonly Binary[], values: readonly number[]) {
    this.texts = texts;
    this.values = values;
    this.whole = this.span(0, texts.length, 0);
  }

  /** The list of unsorted `texts`, numbered in the given order. */
  static of(texts: readonly Binary[]): LiteralList {
    const order = sortedOrder(texts);
    return new LiteralList(
      order.map((i) => texts[i]),
      order,
    );
  }

  /** The rest of text `index` after its first `depth` bytes. */
  rest(index: number, depth: number): Rope {
    const text = this.texts[index];
    const last = Math.ceil(text.length / PIECE);
    const next = Math.ceil((depth + 1) / PIECE);
    if (next >= last) return Rope.of(text.slice(depth));
    let tail: Rope | undefined;
    for (let piece = last - 1; piece >= next; piece--) {
      const key = index * (MAX_PIECES + 1) + piece;
      const known = this.tails.get(key);
      if (known !== undefined) tail = known;
      else {
        const own = Rope.of(text.slice(piece * PIECE, (piece + 1) * PIECE));
        tail = tail === undefined ? own : Rope.pair(own, tail);
        this.tails.set(key, tail);
      }
    }
    return Rope.pair(Rope.of(text.slice(depth, next * PIECE)), tail!);
  }

  span(from: number, to: number, depth: number): LiteralSpan {
    const key = (depth * (this.texts.length + 1) + from) * (this.texts.length + 1) + to;
    let span = this.spans.get(key);
    if (span === undefined) {
      span = new LiteralSpan(this, from, to, depth);
      this.spans.set(key, span);
    }
    return span;
  }
}

/** Length in bytes of a piece of a long text, and maximum number of pieces. */
const PIECE = 256;
const MAX_PIECES = 1 << 20;

/** The indices of `texts`, stably sorted by bytes. */
export function sortedOrder(texts: readonly Binary[]): number[] {
  const order = texts.map((_, i) => i);
  return order.sort((a, b) => (texts[a] < texts[b] ? -1 : texts[a] > texts[b] ? 1 : a - b));
}

/** The texts [from, to) of a list, whose common first `depth` bytes were read. */
export class LiteralSpan {
  readonly list: LiteralList;
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  /** The place inside these texts; created on demand. */
  place: unknown;
  /** Places of strings that exclude these texts. */
  places: Map<unknown, Map<number, unknown>> | undefined;
  /** Whether such strings have other texts, by state. */
  others: Map<unknown, Map<number, boolean>> | undefined;

  constructor(list: LiteralList, from: number, to: number, depth: number) {
    this.list = list;
    this.from = from;
    this.to = to;
    this.depth = depth;
  }

  /** The span after `byte`; undefined if no text continues with it. */
  step(byte: number): LiteralSpan | undefined {
    const from = this.firstFrom(byte, this.from);
    const to = this.firstFrom(byte + 1, from);
    return from === to ? undefined : this.list.span(from, to, this.depth + 1);
  }

  /** The first text at or after index `low` that continues with `byte` or a later one. */
  private firstFrom(byte: number, low: number): number {
    const { texts } = this.list;
    let high = this.to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // A text that ends here has no such byte and comes before all that continue.
      if (texts[middle].charCodeAt(this.depth) >= byte) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The value of the completely read text, or -1. It is the span's first, since shorter texts sort first. */
  get ended(): number {
    return this.list.texts[this.from].length === this.depth ? this.list.values[this.from] : -1;
  }

  /** Whether some text continues. */
  get continues(): boolean {
    return this.list.texts[this.to - 1].length > this.depth;
  }

  pushBytes(bytes: ByteSet): void {
    const { texts } = this.list;
    for (let i = this.from; i < this.to; ) {
      if (texts[i].length === this.depth) i++;
      else {
        const byte = texts[i].charCodeAt(this.depth);
        bytes.add(byte);
        i = this.firstFrom(byte + 1, i);
      }
    }
  }

  /** Whether `rest` is the rest of one of the texts. */
  has(rest: Rope): boolean {
    let span: LiteralSpan | undefined = this;
    if (rest.length > this.longest) return false;
    for (const byte of rest.bytes()) {
      span = span.step(byte);
      if (span === undefined) return false;
    }
    return span.ended >= 0;
  }

  private get longest(): number {
    let longest = 0;
    for (let i = this.from; i < this.to; i++) longest = Math.max(longest, this.list.texts[i].length);
    return longest - this.depth;
  }

  /** The rest of the shortest text. */
  get shortestRest(): Rope {
    let best = this.from;
    for (let i = this.from + 1; i < this.to; i++)
      if (this.list.texts[i].length < this.list.texts[best].length) best = i;
    return this.list.rest(best, this.depth);
  }
}
