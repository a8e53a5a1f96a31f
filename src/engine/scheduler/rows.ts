import type { Runtime } from "../../runtime/index.js";
import { CellBook } from "./cells.js";
import { commonLength, type PrefixMatch, PrefixTree } from "./prefixTree.js";

/** A running request's row of KV cells: it holds the first `CellBook.length(row)` of `tokens`. */
interface Holder {
  tokens: Int32Array;
  /** Tokens that the row will hold once its prompt is through: what others may wait for. */
  promised: number;
}

/** What of a prompt need not be read. */
export interface SharedPrefix {
  length: number;
  /** A running request's row, or -1, and how many of the tokens its cells hold already. */
  row: number;
  inCells: number;
  /** What follows there, or from the first token on, by copies. */
  kept: PrefixMatch;
}

const NOTHING: PrefixMatch = { length: 0, segments: [] };

/**
 * The runtime's rows, each of a running request, and the prefixes kept of finished ones. A request that begins with the
 * same tokens as another shares its cells while that one runs, and gets a copy of them afterwards.
 */
export class Rows {
  readonly cells: CellBook;
  private readonly holders: (Holder | undefined)[];
  private readonly sharing: boolean;
  private readonly prefixes: PrefixTree;

  /** `prefixTokens`: how much is kept of finished requests' prompts; 0 keeps none, and nothing is shared. */
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

  /** How many of the first `limit` tokens running requests will hold once they have read the prompts they are reading. */
  promisedLength(tokens: Int32Array, limit: number): number {
    let length = 0;
    for (let row = 0; row < this.holders.length && this.sharing; row++) {
      length = Math.max(length, this.common(row, this.holders[row]?.promised ?? 0, tokens, limit));
    }
    return length;
  }

  /** A row that holds `shared` of `tokens`, or as much as fits; its length is in `cells`. -1 where all rows run. */
  acquire(tokens: Int32Array, shared: SharedPrefix, promised: number): number {
    const row = this.holders.indexOf(undefined);
    if (row < 0) return -1;
    if (shared.row >= 0) this.cells.share(shared.row, row, shared.inCells);
    this.prefixes.restore(shared.kept, row);
    this.holders[row] = { tokens, promised };
    return row;
  }

  /** Ends a row's use; the first `keep` of its tokens are kept for others. The row is free even where that throws. */
  release(row: number, keep: number): void {
    const { tokens } = this.holders[row]!;
    this.holders[row] = undefined;
    try {
      if (this.sharing) this.prefixes.keep(tokens, Math.min(keep, this.cells.length(row)), row);
    } finally {
      this.cells.truncate(row, 0);
    }
  }

  /** Drops a kept prefix to make room; false where that cannot help. */
  dropKept(): boolean {
    return this.cells.spareCells > this.cells.freeCells && this.prefixes.dropOldest();
  }

  /** Drops all kept prefixes. */
  clear(): void {
    this.prefixes.clear();
  }

  /** Drops everything, running rows too, as after a failed batch. */
  reset(): void {
    this.prefixes.clear();
    this.cells.reset();
    this.holders.fill(undefined);
  }

  /** Tokens, of the first `held` of a row, that `tokens` begins with too. */
  private common(row: number, held: number, tokens: Int32Array, limit: number): number {
    const holder = this.holders[row];
    return holder === undefined ? 0 : commonLength(holder.tokens, tokens, 0, Math.min(held, limit));
  }
}
