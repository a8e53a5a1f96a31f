import type { Runtime, SavedCells } from "../../runtime/index.js";

/** A copy of a row's positions [start, start + length). */
export interface KeptCells {
  readonly start: number;
  readonly length: number;
  readonly saved: SavedCells;
  /** The cells, if copies are kept among them; else empty. */
  readonly cells: Int32Array;
}

const NONE = new Int32Array(0);

/**
 * Tracks the runtime's KV cells: which row has which cells, and how many are used. Rows copied from each other share cells, if the
 * runtime can do that; a cell is free when its last row releases it. If the runtime keeps copies among the cells, a copy holds its cells like a row. Every change is
 * applied to the runtime immediately, so that the two stay consistent.
 *
 * Layout: `cells[row * contextLength + position]` is the number of the cell; `references[cell]` counts its rows and `keepers[cell]` its
 * copies; `free` is a stack of unused cells, `keptAlone` counts the cells with copies only.
 */
export class CellBook {
  private readonly runtime: Runtime;
  private readonly contextLength: number;
  private readonly cells: Int32Array;
  private readonly lengths: Int32Array;
  private readonly references: Int32Array;
  private readonly keepers: Int32Array;
  private readonly free: Int32Array;
  private freeCount: number;
  private keptAlone = 0;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.contextLength = runtime.contextLength;
    this.cells = new Int32Array(runtime.maxSequences * runtime.contextLength);
    this.lengths = new Int32Array(runtime.maxSequences);
    this.references = new Int32Array(runtime.cellCapacity);
    this.keepers = new Int32Array(runtime.cellCapacity);
    this.free = new Int32Array(runtime.cellCapacity);
    this.freeCount = runtime.cellCapacity;
    for (let i = 0; i < this.freeCount; i++) this.free[i] = this.freeCount - 1 - i;
  }

  get freeCells(): number {
    return this.freeCount;
  }

  /** Cells not used by running requests: free ones, and those with copies only. */
  get spareCells(): number {
    return this.freeCount + this.keptAlone;
  }

  get usedCells(): number {
    return this.references.length - this.freeCount;
  }

  /** Maximum number of copies. */
  get maxKept(): number {
    return this.staysInCells ? this.runtime.keptPieces : Number.POSITIVE_INFINITY;
  }

  /** Whether copies are additional references to the same cells. */
  private get staysInCells(): boolean {
    return this.runtime.keptPieces > 0;
  }

  /** Number of tokens in `row`. */
  length(row: number): number {
    return this.lengths[row];
  }

  /** Records that `count` tokens were added to `row`, for example by the batch. Requires that many free cells. */
  extend(row: number, count: number): void {
    const start = row * this.contextLength + this.lengths[row];
    for (let i = 0; i < count; i++) {
      const cell = this.free[--this.freeCount];
      this.cells[start + i] = cell;
      this.references[cell] = 1;
    }
    this.lengths[row] += count;
  }

  /** Truncates `row` to its first `length` tokens. */
  truncate(row: number, length: number): void {
    const before = this.lengths[row];
    if (length >= before) return;
    this.runtime.removeCells(row, length, -1);
    this.release(row, length, before);
  }

  /** How many of `length` cells a row that shares them does not have to allocate. */
  saved(length: number): number {
    return this.runtime.sharesCells ? length : 0;
  }

  /** Gives the empty row `target` the first `length` tokens of `source`, or none if there are not enough free cells for copies of them. */
  share(source: number, target: number, length: number): void {
    if (length === 0 || length - this.saved(length) > this.freeCount) return;
    this.runtime.copyCells(source, target, 0, length);
    if (!this.runtime.sharesCells) {
      this.extend(target, length);
      return;
    }
    const from = source * this.contextLength;
    this.join(target, this.cells.subarray(from, from + length));
  }

  /** A copy of positions [from, to) of `row`. */
  save(row: number, from: number, to: number): KeptCells {
    const saved = this.runtime.saveCells(row, from, to);
    const start = row * this.contextLength;
    return this.kept(saved, from, to, this.cells.subarray(start + from, start + to));
  }

  /** A copy of the part [from, to) of a copy; undefined if there are not enough free cells. */
  savePart(whole: KeptCells, from: number, to: number): KeptCells | undefined {
    if (!this.staysInCells && this.freeCount < whole.length) return undefined;
    const saved = this.runtime.savePart(whole.saved, from, to);
    return this.kept(saved, from, to, whole.cells.subarray(from - whole.start, to - whole.start));
  }

  /**
   * Extends `row` up to position `to` with cells from a copy. Returns false and changes nothing if there are not enough free cells.
   */
  restore(row: number, { saved, start, length, cells }: KeptCells, to: number): boolean {
    if (!this.staysInCells && this.freeCount < length) return false;
    const from = this.lengths[row];
    if (to <= from) return true;
    this.runtime.restoreCells(row, saved, from, to);
    if (this.staysInCells) this.join(row, cells.subarray(from - start, to - start));
    else this.extend(row, to - from);
    return true;
  }

  /** Frees a copy. */
  drop({ saved, cells }: KeptCells): void {
    saved.free();
    for (const cell of cells) {
      if (--this.keepers[cell] > 0 || this.references[cell] > 0) continue;
      this.keptAlone--;
      this.free[this.freeCount++] = cell;
    }
  }

  /** Clears everything, for example after a failed batch, when the content of the cache is unknown. */
  reset(): void {
    for (let row = 0; row < this.lengths.length; row++) {
      this.runtime.removeCells(row, 0, -1);
      this.release(row, 0, this.lengths[row]);
    }
  }

  private kept(saved: SavedCells, start: number, end: number, cells: Int32Array): KeptCells {
    if (!this.staysInCells) return { start, length: end - start, saved, cells: NONE };
    for (const cell of cells) {
      if (this.keepers[cell]++ === 0 && this.references[cell] === 0) this.keptAlone++;
    }
    return { start, length: end - start, saved, cells: cells.slice() };
  }

  /** Appends the cells `shared`, which others hold, to `row`. */
  private join(row: number, shared: Int32Array): void {
    const start = row * this.contextLength + this.lengths[row];
    for (let i = 0; i < shared.length; i++) {
      const cell = shared[i];
      this.cells[start + i] = cell;
      if (this.references[cell]++ === 0) this.keptAlone--;
    }
    this.lengths[row] += shared.length;
  }

  private release(row: number, from: number, to: number): void {
    const start = row * this.contextLength;
    for (let i = to - 1; i >= from; i--) {
      const cell = this.cells[start + i];
      if (--this.references[cell] > 0) continue;
      if (this.keepers[cell] > 0) this.keptAlone++;
      else this.free[this.freeCount++] = cell;
    }
    this.lengths[row] = from;
  }
}
