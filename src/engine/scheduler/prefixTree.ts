import type { CellBook, KeptCells } from "./cells.js";

/** A segment of a prompt: the tokens at positions [start, start + tokens.length), and a copy of their cells. */
interface Segment {
  start: number;
  tokens: Int32Array;
  kept: KeptCells;
  parent: Segment | undefined;
  children: Segment[];
  lastUsed: number;
}

/** The cached prefix of a prompt. */
export interface PrefixMatch {
  length: number;
  /** Consecutive segments from the first token. */
  segments: readonly Segment[];
}

/**
 * The prefix cache: prompts of finished requests, with copies of their KV cells. On a CPU, copies are outside of the runtime's cells:
 * the library's attention reads all cells up to the last one in use, and for a single token divides them between the threads regardless
 * of their owner, so unused data must not be among them. On a GPU, a copy outside of the cells would have to cross to main memory and back, so
 * copies remain among the cells (`Runtime.keptPieces`) and are evicted when running requests need the room.
 *
 * A tree over tokens: common prefixes of prompts are stored once. If a new prompt diverges inside a segment, the segment is split, and
 * each part gets a copy of exactly its own cells: a larger copy would leave gaps when restored, later tokens would fill them, and
 * attention sums in the order of the cells. When the copies exceed `capacity` tokens, the least recently used leaves are evicted.
 * Tokens are compared exactly, not by hashes. (RadixAttention in SGLang uses such a tree over the cells themselves.)
 */
export class PrefixTree {
  private readonly cells: CellBook;
  private readonly capacity: number;
  private readonly roots: Segment[] = [];
  private held = 0;
  private pieces = 0;
  private clock = 0;

  constructor(cells: CellBook, capacity: number) {
    this.cells = cells;
    this.capacity = capacity;
  }

  /** Total number of tokens in copies. */
  get tokens(): number {
    return this.held;
  }

  /** The longest cached prefix of the first `limit` of `tokens`. */
  match(tokens: Int32Array, limit: number): PrefixMatch {
    const segments: Segment[] = [];
    let length = 0;
    for (let children = this.roots; length < limit; ) {
      const next = childOf(children, tokens[length]);
      if (next === undefined) break;
      const common = commonLength(next.tokens, tokens, length, limit);
      segments.push(next);
      length += common;
      if (common < next.tokens.length) break;
      children = next.children;
    }
    return { length, segments };
  }

  /** Extends `row`, which has less of it, to the end of `match`, or as far as complete copies fit. */
  restore(match: PrefixMatch, row: number): void {
    this.clock++;
    for (const segment of match.segments) {
      segment.lastUsed = this.clock;
      const to = Math.min(segment.start + segment.tokens.length, match.length);
      if (!this.cells.restore(row, segment.kept, to)) return;
    }
  }

  /** Caches the first `count` of `tokens`, whose cells are in `row`. */
  keep(tokens: Int32Array, count: number, row: number): void {
    const length = Math.min(count, this.capacity);
    this.clock++;
    let parent: Segment | undefined;
    let at = 0;
    while (at < length) {
      const siblings = parent === undefined ? this.roots : parent.children;
      let next = childOf(siblings, tokens[at]);
      if (next === undefined) {
        if (!this.makeRoom(1)) break;
        next = this.segment(tokens.slice(at, length), at, row, parent);
        siblings.push(next);
      } else {
        const common = commonLength(next.tokens, tokens, at, length);
        if (common < next.tokens.length && at + common < length) {
          if (!this.makeRoom(2, next)) break;
          next = this.cut(next, common, row);
        }
      }
      next.lastUsed = this.clock;
      at += Math.min(next.tokens.length, length - at);
      parent = next;
    }
    while (this.held > this.capacity) this.forget(this.leastRecentlyUsed());
  }

  /** Evicts the least recently used entry; false if the cache is empty. */
  dropOldest(): boolean {
    if (this.roots.length === 0) return false;
    this.forget(this.leastRecentlyUsed());
    return true;
  }

  clear(): void {
    while (this.roots.length > 0) this.forget(this.roots[0]);
  }

  /** Splits `segment` before its token `at`; `row` has the cells of the first part. Returns that part. */
  private cut(segment: Segment, at: number, row: number): Segment {
    const { start, tokens, parent, kept } = segment;
    const siblings = parent === undefined ? this.roots : parent.children;
    const first = this.segment(tokens.slice(0, at), start, row, parent);
    const second = this.cells.savePart(kept, start + at, start + tokens.length);
    if (second === undefined) {
      this.forget(segment);
      siblings.push(first);
      return first;
    }
    siblings[siblings.indexOf(segment)] = first;
    first.children.push(segment);
    this.cells.drop(kept);
    this.held -= at;
    segment.kept = second;
    segment.parent = first;
    segment.start += at;
    segment.tokens = tokens.slice(at);
    return first;
  }

  private segment(tokens: Int32Array, start: number, row: number, parent: Segment | undefined): Segment {
    const kept = this.cells.save(row, start, start + tokens.length);
    this.held += tokens.length;
    this.pieces++;
    return { start, tokens, kept, parent, children: [], lastUsed: this.clock };
  }

  /** Evicts old segments, except `spared`, until there is room for `count` more; false if only segments in current use are left. */
  private makeRoom(count: number, spared?: Segment): boolean {
    while (this.pieces + count > this.cells.maxKept) {
      const oldest = this.roots.length === 0 ? undefined : this.leastRecentlyUsed();
      if (oldest === undefined || oldest === spared || oldest.lastUsed === this.clock) return false;
      this.forget(oldest);
    }
    return true;
  }

  /** The least recently used leaf. */
  private leastRecentlyUsed(): Segment {
    let oldest: Segment | undefined;
    const open = [...this.roots];
    for (let segment = open.pop(); segment !== undefined; segment = open.pop()) {
      if (segment.children.length > 0) open.push(...segment.children);
      else if (oldest === undefined || segment.lastUsed < oldest.lastUsed) oldest = segment;
    }
    return oldest as Segment;
  }

  /** Removes `segment` and its continuations. */
  private forget(segment: Segment): void {
    const siblings = segment.parent === undefined ? this.roots : segment.parent.children;
    siblings.splice(siblings.indexOf(segment), 1);
    const open = [segment];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      open.push(...next.children);
      this.held -= next.tokens.length;
      this.pieces--;
      this.cells.drop(next.kept);
    }
  }
}

function childOf(children: readonly Segment[], token: number): Segment | undefined {
  for (const child of children) if (child.tokens[0] === token) return child;
  return undefined;
}

/** Length of the common prefix of `known` and the tokens [`at`, `end`) of `tokens`. */
export function commonLength(known: Int32Array, tokens: Int32Array, at: number, end: number): number {
  const most = Math.min(known.length, end - at);
  let i = 0;
  while (i < most && known[i] === tokens[at + i]) i++;
  return i;
}
