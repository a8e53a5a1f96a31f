import type { Runtime } from "../../runtime/index.js";
import { CellBook } from "./cells.js";
import { commonLength, type PrefixMatch, PrefixTree } from "./prefixTree.js";

/** A running request's row of KV cells: it has the first `CellBook.length(row)` of `tokens`. */
interface Holder {
  tokens: Int32Array;
  /** Number of tokens in the row after its prompt: other requests may wait for them. */
  promised: number;
}

/** The part of a prompt that is already in KV cells. */
export interface SharedPrefix {
  length: number;
  /** A running request's row, or -1, and the number of tokens in its cells. */
  row: number;
  inCells: number;
  /** The cached copies that continue it, or that start at the first token. */
  kept: PrefixMatch;
}

const NOTHING: PrefixMatch = { length: 0, segments: [] };

/**
 * The runtime's rows, one per running request, and the prefixes of finished ones. A request that starts with the same tokens as another
 * shares its cells while that one runs, and gets a copy of them afterwards.
 */
export class Rows {
  readonly cells: CellBook;
  private readonly holders: (Holder | undefined)[];
  private readonly sharing: boolean;
  private readonly prefixes: PrefixTree;

  /** `prefixTokens`: capacity of the prefix cache; 0 turns off caching and sharing. */
  constructor(runtime: Runtime, prefixTokens: number) {
    this.cells = new CellBook(runtime);
    this.holders = new Array(runtime.maxSequences).fill(undefined);
    this.sharing = prefixTokens > 0;
    this.prefixes = new PrefixTree(this.cells, prefixTokens);
  }

  /** The longest known prefix of `tokens`, at most `limit` of them. */
  sharedPrefix(tokens: Int32Array, limit: number): SharedPrefix {
    if (!this.sharing) return { length: 0, row: -1, inCells: 0, kept: NOTHING };
    let row = -1;
    let inCells = 0;
    for (let other = 0; other < this.holders.length; other++) {
      const common = this.common(other, this.cells.length(other), tokens, limit);
      if (common > inCells) [row, inCells] = [other, common];
    }
    const kept = this.prefixes.match(tokens, limit);
    return { length: Math.max(inCells, kept.length), row, inCells, kept };
  }

  /** The number of the first `limit` tokens that running requests will share when they have processed their prompts. */
  promisedLength(tokens: Int32Array, limit: number): number {
    let length = 0;
    for (let row = 0; row < this.holders.length && this.sharing; row++) {
      length = Math.max(length, this.common(row, this.holders[row]?.promised ?? 0, tokens, limit));
    }
    return length;
  }

  /** Allocates a row with `shared` of `tokens`, or as much as fits; its length is in `cells`. -1 if all rows are in use. */
  acquire(tokens: Int32Array, shared: SharedPrefix, promised: number): number {
    const row = this.holders.indexOf(undefined);
    if (row < 0) return -1;
    if (shared.row >= 0) this.cells.share(shared.row, row, shared.inCells);
    this.prefixes.restore(shared.kept, row);
    this.holders[row] = { tokens, promised };
    return row;
  }

  /** Releases a row and caches the first `keep` of its tokens. The row is free even if caching throws. */
  release(row: number, keep: number): void {
    const { tokens } = this.holders[row]!;
    this.holders[row] = undefined;
    try {
      if (this.sharing) this.prefixes.keep(tokens, Math.min(keep, this.cells.length(row)), row);
    } finally {
      this.cells.truncate(row, 0);
    }
  }

  /** Evicts a cached prefix to make room; false if that cannot help. */
  dropKept(): boolean {
    return this.cells.spareCells > this.cells.freeCells && this.prefixes.dropOldest();
  }

  /** Clears the prefix cache. */
  clear(): void {
    this.prefixes.clear();
  }

  /** Clears everything, including running rows, for example after a failed batch. */
  reset(): void {
    this.prefixes.clear();
    this.cells.reset();
    this.holders.fill(undefined);
  }

  /** Length of the common prefix of `tokens` and the first `held` tokens of a row. */
  private common(row: number, held: number, tokens: Int32Array, limit: number): number {
    const holder = this.holders[row];
    return holder === undefined ? 0 : commonLength(holder.tokens, tokens, 0, Math.min(held, limit));
  }
}
