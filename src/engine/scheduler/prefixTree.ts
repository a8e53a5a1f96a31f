import type { CellBook, KeptCells } from "./cells.js";

/** A piece of a prompt: the tokens at positions [start, start + tokens.length), and a copy of their cells. */
interface Segment {
  start: number;
  tokens: Int32Array;
  kept: KeptCells;
  parent: Segment | undefined;
  children: Segment[];
  lastUsed: number;
}

/** How much of a prompt is kept, and where. */
export interface PrefixMatch {
  length: number;
  /** From the first token on, each continuing the one before. */
  segments: readonly Segment[];
}

/**
 * The prompts of finished requests, with copies of their KV cells. On a CPU those lie outside of the runtime's cache: attention
 * looks at every cell up to the last one taken, and for a lone token divides them between the threads whoever they belong
 * to, so what nobody uses at the moment must not lie among them. On a GPU a copy out of the cells would cross to the
 * processor's memory and back, so what is kept stays among them (`Runtime.keptPieces`) and gives way where running requests
 * need the room.
 *
 * A tree over tokens: what prompts have in common is saved once. Where a new prompt leaves a segment in its middle, the
 * segment is cut in two, each with a copy of exactly its own cells: one that held more would leave gaps behind when it is
 * restored, later tokens would fill them, and attention sums in the order of the cells. Least recently used ends of branches
 * go first once the copies hold more than `capacity` tokens. Exact: tokens are compared, not hashes of them.
 * (RadixAttention in SGLang keeps such a tree over the cells themselves.)
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

  /** Tokens in all copies. */
  get tokens(): number {
    return this.held;
  }

  /** The longest kept prefix of the first `limit` of `tokens`. */
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

  /** Continues `row`, which holds less of it or nothing, up to the end of `match`, or as far as whole copies find room. */
  restore(match: PrefixMatch, row: number): void {
    this.clock++;
    for (const segment of match.segments) {
      segment.lastUsed = this.clock;
      const to = Math.min(segment.start + segment.tokens.length, match.length);
      if (!this.cells.restore(row, segment.kept, to)) return;
    }
  }

  /** Keeps the first `count` of `tokens`, whose cells `row` holds. */
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

  /** Drops what was unused for longest; false where nothing is kept. */
  dropOldest(): boolean {
    if (this.roots.length === 0) return false;
    this.forget(this.leastRecentlyUsed());
    return true;
  }

  clear(): void {
    while (this.roots.length > 0) this.forget(this.roots[0]);
  }

  /** Cuts `segment` before its token `at`, of which `row` holds the first half too; answers that half. */
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

  /** Drops old pieces, but not `spared`, until there may be `count` more; false where only those of this very moment are left. */
  private makeRoom(count: number, spared?: Segment): boolean {
    while (this.pieces + count > this.cells.maxKept) {
      const oldest = this.roots.length === 0 ? undefined : this.leastRecentlyUsed();
      if (oldest === undefined || oldest === spared || oldest.lastUsed === this.clock) return false;
      this.forget(oldest);
    }
    return true;
  }

  /** The end of a branch that was unused for longest. */
  private leastRecentlyUsed(): Segment {
    let oldest: Segment | undefined;
    const open = [...this.roots];
    for (let segment = open.pop(); segment !== undefined; segment = open.pop()) {
      if (segment.children.length > 0) open.push(...segment.children);
      else if (oldest === undefined || segment.lastUsed < oldest.lastUsed) oldest = segment;
    }
    return oldest as Segment;
  }

  /** Drops `segment` and what continues it. */
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

/** How many tokens `known` and `tokens` from `at` on, but before `end`, have in common. */
export function commonLength(known: Int32Array, tokens: Int32Array, at: number, end: number): number {
  const most = Math.min(known.length, end - at);
  let i = 0;
  while (i < most && known[i] === tokens[at + i]) i++;
  return i;
}
