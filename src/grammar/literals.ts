import type { Binary } from "./bytes.js";

/** A sorted list of byte strings with a number each; spans of it are followed byte by byte. */
export class LiteralList {
  readonly texts: readonly Binary[];
  readonly values: readonly number[];
  private readonly spans = new Map<number, LiteralSpan>();
  /** All of the list, nothing read. */
  readonly whole: LiteralSpan;

  /** `entries` are sorted here by their bytes; equal texts keep their order. */
  constructor(entries: readonly { text: Binary; value: number }[]) {
    const sorted = [...entries].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    this.texts = sorted.map((entry) => entry.text);
    this.values = sorted.map((entry) => entry.value);
    this.whole = this.span(0, sorted.length, 0);
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

/** The texts [from, to) of a list, which agree on their first `depth` bytes: those were read. */
export class LiteralSpan {
  readonly list: LiteralList;
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  /** The place inside these texts, once it has been asked for. */
  place: unknown;
  /** Places of strings from which these texts are taken out. */
  places: Map<unknown, Map<number, unknown>> | undefined;
  /** Whether such strings have other texts, by state. */
  others: Map<unknown, Map<number, boolean>> | undefined;

  constructor(list: LiteralList, from: number, to: number, depth: number) {
    this.list = list;
    this.from = from;
    this.to = to;
    this.depth = depth;
  }

  /** The span after `byte`, undefined where no text goes on with it. */
  step(byte: number): LiteralSpan | undefined {
    const { texts } = this.list;
    const depth = this.depth;
    let from = this.from;
    while (from < this.to && !(texts[from].charCodeAt(depth) >= byte)) from++;
    let to = from;
    while (to < this.to && texts[to].charCodeAt(depth) === byte) to++;
    return from === to ? undefined : this.list.span(from, to, depth + 1);
  }

  /** The value of the text that has been read whole, or -1. It is the span's first: shorter texts sort first. */
  get ended(): number {
    return this.list.texts[this.from].length === this.depth ? this.list.values[this.from] : -1;
  }

  /** Some text goes on. */
  get continues(): boolean {
    return this.list.texts[this.to - 1].length > this.depth;
  }

  pushBytes(bytes: Set<number>): void {
    for (let i = this.from; i < this.to; i++) {
      const text = this.list.texts[i];
      if (text.length > this.depth) bytes.add(text.charCodeAt(this.depth));
    }
  }

  /** What is left of the shortest text. */
  get shortestRest(): Binary {
    let best = this.from;
    for (let i = this.from + 1; i < this.to; i++)
      if (this.list.texts[i].length < this.list.texts[best].length) best = i;
    return this.list.texts[best].slice(this.depth);
  }
}
