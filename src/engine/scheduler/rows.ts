import type { Runtime } from "../../runtime/index.js";
import { CellBook } from "./cells.js";

/** What a row of KV cells stands for: the first `CellBook.length(row)` of `tokens`. */
interface Holder {
  tokens: Int32Array;
  /** Tokens that the row will hold once its prompt is through: what others may wait for. */
  promised: number;
  running: boolean;
  lastUsed: number;
}

/**
 * Cells that kept prefixes may hold together; the one used last may hold more. Attention looks at every cell up to
 * the last that is taken, so a thousand kept ones slow a step down by up to a fifth.
 */
const KEPT_CELLS = 2048;

/**
 * The runtime's rows, and with them the prefix cache. A row that a request has finished with keeps the cells
 * of its prompt until they are needed: a later request that begins with the same tokens shares them. So does
 * one that arrives while the first still runs. Exact: tokens are compared, not hashes of them.
 */
export class Rows {
  readonly cells: CellBook;
  private readonly holders: (Holder | undefined)[];
  private readonly keepPrefixes: boolean;
  private clock = 0;

  constructor(runtime: Runtime, keepPrefixes: boolean) {
    this.cells = new CellBook(runtime);
    this.holders = new Array(runtime.maxSequences).fill(undefined);
    this.keepPrefixes = keepPrefixes;
  }

  /** The longest prefix of `tokens` that some row holds already; that row counts as just used. */
  sharedLength(tokens: Int32Array): number {
    const { row, length } = this.longestPrefix(tokens, false);
    if (row >= 0) this.touch(row);
    return length;
  }

  /** The same, once running requests have read the prompts they are reading now. */
  promisedLength(tokens: Int32Array): number {
    return this.longestPrefix(tokens, true).length;
  }

  /**
   * A row that holds the longest known prefix of `tokens`, at most `limit` of them; its length is in
   * `cells`. Takes the least recently used kept row where none is free. Answers -1 where all rows run.
   */
  acquire(tokens: Int32Array, limit: number, promised: number): number {
    const source = this.longestPrefix(tokens, false);
    const shared = Math.min(source.length, limit);
    let row = this.holders.indexOf(undefined);
    if (row < 0) {
      row = this.leastRecentlyUsed(source.row);
      if (row < 0) return -1;
      if (row !== source.row) this.forget(row);
    }
    if (row === source.row) this.cells.truncate(row, shared);
    else if (shared > 0) {
      this.cells.share(source.row, row, shared);
      this.touch(source.row);
    }
    this.holders[row] = { tokens, promised, running: true, lastUsed: ++this.clock };
    return row;
  }

  /** Ends a row's use. The cells of its first `keep` tokens stay for others, unless another row has them too. */
  release(row: number, keep: number): void {
    const holder = this.holders[row]!;
    const kept = this.keepPrefixes ? Math.min(keep, this.cells.length(row)) : 0;
    holder.running = false;
    if (kept === 0) {
      this.forget(row);
      return;
    }
    this.cells.truncate(row, kept);
    holder.tokens = holder.tokens.slice(0, kept);
    holder.promised = kept;
    this.touch(row);
    for (let other = 0; other < this.holders.length; other++) {
      const known = this.holders[other];
      if (other === row || known === undefined || known.running) continue;
      const length = this.cells.length(other);
      const common = commonLength(known.tokens, length, holder.tokens, kept);
      if (common === length) this.forget(other);
    }
    while (this.keptCells() > KEPT_CELLS) {
      const oldest = this.leastRecentlyUsed(row);
      if (oldest < 0 || oldest === row) break;
      this.forget(oldest);
    }
  }

  /** Frees kept rows, least recently used first, until `count` cells are free; false where that is not enough. */
  makeRoom(count: number): boolean {
    while (this.cells.freeCells < count) {
      const row = this.leastRecentlyUsed(-1);
      if (row < 0) return false;
      this.forget(row);
    }
    return true;
  }

  /** Drops all kept prefixes. */
  clear(): void {
    for (let row = 0; row < this.holders.length; row++) {
      if (this.holders[row] !== undefined && !this.holders[row]!.running) this.forget(row);
    }
  }

  /** Drops everything, running rows too, as after a failed batch. */
  reset(): void {
    this.cells.reset();
    this.holders.fill(undefined);
  }

  /** Rows in use or kept. */
  get occupied(): number {
    return this.holders.reduce((count, holder) => count + (holder === undefined ? 0 : 1), 0);
  }

  /** Cells of kept rows, those not counted that a running row shares. */
  private keptCells(): number {
    let cells = this.cells.usedCells;
    for (let row = 0; row < this.holders.length; row++) {
      if (this.holders[row]?.running) cells -= this.cells.length(row);
    }
    return cells;
  }

  private touch(row: number): void {
    this.holders[row]!.lastUsed = ++this.clock;
  }

  private forget(row: number): void {
    this.cells.truncate(row, 0);
    this.holders[row] = undefined;
  }

  private longestPrefix(tokens: Int32Array, promised: boolean): { row: number; length: number } {
    let best = -1;
    let longest = 0;
    if (!this.keepPrefixes) return { row: best, length: longest };
    for (let row = 0; row < this.holders.length; row++) {
      const holder = this.holders[row];
      if (holder === undefined) continue;
      const held = this.cells.length(row);
      const reach = promised && holder.promised > held ? holder.promised : held;
      const length = commonLength(
        holder.tokens,
        Math.min(reach, holder.tokens.length),
        tokens,
        tokens.length,
      );
      if (length > longest) {
        longest = length;
        best = row;
      }
    }
    return { row: best, length: longest };
  }

  /** The kept row unused for longest, `spared` only where there is no other. */
  private leastRecentlyUsed(spared: number): number {
    let oldest = -1;
    for (let row = 0; row < this.holders.length; row++) {
      const holder = this.holders[row];
      if (holder === undefined || holder.running || row === spared) continue;
      if (oldest < 0 || holder.lastUsed < this.holders[oldest]!.lastUsed) oldest = row;
    }
    if (oldest < 0 && spared >= 0 && this.holders[spared]?.running === false) return spared;
    return oldest;
  }
}

function commonLength(left: Int32Array, leftLength: number, right: Int32Array, rightLength: number): number {
  const end = Math.min(leftLength, rightLength);
  let i = 0;
  while (i < end && left[i] === right[i]) i++;
  return i;
}
