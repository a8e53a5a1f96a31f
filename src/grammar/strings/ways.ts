import type { Content } from "../content/content.js";
import { Rope } from "../rope.js";
import { CONTROL_BY_SHORT, SHORT_LETTER } from "./escapes.js";
import type { LengthSets } from "./lengthSets.js";

/** Number of steps of an ending between cached ropes. */
const PIECE = 32;
const UNKNOWN = 0x3fffffff;

/** Endings of a string from the states of a content automaton, spelled as JSON, with the closing quote. */
export class ContentWays {
  private readonly content: Content;
  /** By class: its representative, a byte that is short to spell and readable; -1 for a class without bytes. */
  private readonly byteOf: Int16Array;
  private readonly order: readonly number[];
  /** By state: the minimum number of bytes to the end, and the class of the first one. */
  private costs: Int32Array | undefined;
  private readonly firstClass: Int16Array;
  private readonly ropes = new Map<number, Rope>();
  private greatest = 0;

  constructor(content: Content) {
    this.content = content;
    this.byteOf = new Int16Array(content.classCount).fill(-1);
    for (const byte of PREFERENCE) {
      const c = content.classOf[byte];
      if (this.byteOf[c] < 0) this.byteOf[c] = byte;
    }
    this.order = Array.from({ length: content.classCount }, (_, c) => c)
      .filter((c) => this.byteOf[c] >= 0)
      .sort((a, b) => RANK[this.byteOf[a]] - RANK[this.byteOf[b]]);
    this.firstClass = new Int16Array(content.stateCount);
  }

  /** A shortest ending from `state`. */
  shortest(state: number): Rope {
    const { next, classCount } = this.content;
    this.costs ??= this.findCosts();
    const pieces: Piece[] = [{ key: state, text: "" }];
    let tail = CLOSED;
    for (let from = state, steps = 0; this.firstClass[from] >= 0; steps++) {
      const known = this.ropes.get(from);
      if (known !== undefined) {
        tail = known;
        break;
      }
      if (steps > 0 && steps % PIECE === 0) pieces.push({ key: from, text: "" });
      const c = this.firstClass[from];
      pieces[pieces.length - 1].text += spelled(this.byteOf[c]);
      from = next[from * classCount + c];
    }
    return joined(pieces, tail, this.ropes);
  }

  /** Maximum length in bytes of the shortest endings. */
  get longest(): number {
    this.costs ??= this.findCosts();
    return this.greatest;
  }

  /** An ending of exactly `length` code points, by means of the length sets; undefined if there is none. */
  counted(state: number, length: number, sets: LengthSets): Rope | undefined {
    if (!sets.has(state, length)) return undefined;
    const { next, classCount, stateCount } = this.content;
    const pieces: Piece[] = [
      { key: sets.isInside[state] === 1 ? -1 : length * stateCount + state, text: "" },
    ];
    let tail = CLOSED;
    let left = length;
    for (let from = state; ; ) {
      const isInside = sets.isInside[from] === 1;
      if (!isInside) {
        if (left === 0) break;
        const key = left * stateCount + from;
        const known = sets.ropes.get(key);
        if (known !== undefined) {
          tail = known;
          break;
        }
        if (left < length && left % PIECE === 0) pieces.push({ key, text: "" });
        left--;
      }
      const c = this.order.find((own) => {
        const target = next[from * classCount + own];
        return target !== 0 && isLead(this.byteOf[own]) !== isInside && sets.has(target, left);
      });
      if (c === undefined) return undefined;
      pieces[pieces.length - 1].text += spelled(this.byteOf[c]);
      from = next[from * classCount + c];
    }
    return joined(pieces, tail, sets.ropes);
  }

  /** Backwards from the ends, nearest first; the cost of a byte is the length of its spelling. */
  private findCosts(): Int32Array {
    const { stateCount, classCount, next, label } = this.content;
    const costs = new Int32Array(stateCount).fill(UNKNOWN);
    const counts = new Int32Array(stateCount + 1);
    for (let state = 1; state < stateCount; state++)
      for (const c of this.order) counts[next[state * classCount + c] + 1]++;
    for (let state = 0; state < stateCount; state++) counts[state + 1] += counts[state];
    const sources = new Int32Array(counts[stateCount]);
    const classes = new Int16Array(sources.length);
    const fill = counts.slice();
    for (let state = 1; state < stateCount; state++) {
      for (const c of this.order) {
        const at = fill[next[state * classCount + c]]++;
        sources[at] = state;
        classes[at] = c;
      }
    }
    this.firstClass.fill(-2);
    const buckets: number[][] = [[], []];
    for (let state = 1; state < stateCount; state++) {
      if (label[state] < 0) continue;
      costs[state] = 1;
      this.firstClass[state] = -1;
      buckets[1].push(state);
    }
    for (let cost = 1; cost < buckets.length; cost++) {
      for (const state of buckets[cost] ?? []) {
        if (costs[state] !== cost) continue;
        this.greatest = cost;
        for (let at = counts[state]; at < counts[state + 1]; at++) {
          const longer = cost + LENGTH[this.byteOf[classes[at]]];
          if (longer >= costs[sources[at]]) continue;
          costs[sources[at]] = longer;
          this.firstClass[sources[at]] = classes[at];
          while (buckets.length <= longer) buckets.push([]);
          buckets[longer].push(sources[at]);
        }
      }
    }
    return costs;
  }
}

const CLOSED = Rope.of('"');

/** Part of an ending, with the cache key of the ending from here. */
interface Piece {
  key: number;
  text: string;
}

function joined(pieces: readonly Piece[], end: Rope, ropes: Map<number, Rope>): Rope {
  let tail = end;
  for (let i = pieces.length - 1; i >= 0; i--) {
    if (pieces[i].text === "") continue;
    tail = Rope.join(pieces[i].text, tail);
    if (pieces[i].key >= 0) ropes.set(pieces[i].key, tail);
  }
  return tail;
}

function isLead(byte: number): boolean {
  return (byte & 0xc0) !== 0x80;
}

/** The canonical spelling of one byte of a string's content. */
export function spelled(byte: number): string {
  if (LENGTH[byte] === 1) return String.fromCharCode(byte);
  if (LENGTH[byte] === 2) return `\\${String.fromCharCode(SHORT_LETTER[byte])}`;
  return `\\u00${byte.toString(16).padStart(2, "0")}`;
}

/** By byte of the content: length in bytes of its canonical spelling. */
const LENGTH = new Uint8Array(256).fill(1);
for (let byte = 0; byte < 32; byte++) LENGTH[byte] = CONTROL_BY_SHORT[byte] === 1 ? 2 : 6;
LENGTH[0x22] = LENGTH[0x5c] = 2;

/** Preference of bytes: letters and digits, other printable characters, bytes of longer characters, escapes. */
const RANK = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  const isWord = /[a-z0-9]/.test(String.fromCharCode(byte));
  RANK[byte] =
    LENGTH[byte] * 1024 + (isWord ? 0 : byte > 0x7e ? 512 : 256) + byte - (isWord && byte > 0x60 ? 60 : 0);
}
const PREFERENCE: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte).sort(
  (a, b) => RANK[a] - RANK[b],
);

const waysByContent = new WeakMap<Content, ContentWays>();

/** The endings of `content`, shared by all machines over it. */
export function waysOf(content: Content): ContentWays {
  let ways = waysByContent.get(content);
  if (ways === undefined) waysByContent.set(content, (ways = new ContentWays(content)));
  return ways;
}
