import type { Runtime, SavedCells } from "../../runtime/index.js";

/** A copy of what a row held at positions [start, start + length). */
export interface KeptCells {
  readonly start: number;
  readonly length: number;
  readonly saved: SavedCells;
  /** The cells themselves, where copies stay among them; else empty. */
  readonly cells: Int32Array;
}

const NONE = new Int32Array(0);

/**
 * Accounts for the runtime's KV cells: which row holds which tokens, and how many cells that takes
 * in all. Rows that were copied from one another share cells; a cell is free again when its last row
 * releases it. Where the runtime keeps copies among the cells, a copy holds its cells as a row does. Every change goes to
 * the runtime at once, so that the two cannot drift apart.
 *
 * Layout: `cells[row * contextLength + position]` is the number of the cell; `references[cell]` counts its rows and
 * `keepers[cell]` its copies; `free` is a stack of the cells without any, `keptAlone` counts those with copies only.
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

  /** Cells without a token of a running request: free ones, and those that would be if the copies were dropped. */
  get spareCells(): number {
    return this.freeCount + this.keptAlone;
  }

  get usedCells(): number {
    return this.references.length - this.freeCount;
  }

  /** How many copies there may be at once. */
  get maxKept(): number {
    return this.staysInCells ? this.runtime.keptPieces : Number.POSITIVE_INFINITY;
  }

  /** Whether copies are further holders of the same cells. */
  private get staysInCells(): boolean {
    return this.runtime.keptPieces > 0;
  }

  /** Tokens that `row` holds. */
  length(row: number): number {
    return this.lengths[row];
  }

  /** Notes that `count` tokens were added to `row`, as by the batch being composed. There must be as many free cells. */
  extend(row: number, count: number): void {
    const start = row * this.contextLength + this.lengths[row];
    for (let i = 0; i < count; i++) {
      const cell = this.free[--this.freeCount];
      this.cells[start + i] = cell;
      this.references[cell] = 1;
    }
    this.lengths[row] += count;
  }

  /** Cuts `row` down to its first `length` tokens. */
  truncate(row: number, length: number): void {
    const before = this.lengths[row];
    if (length >= before) return;
    this.runtime.removeCells(row, length, -1);
    this.release(row, length, before);
  }

  /** Makes the empty row `target` share the first `length` tokens of `source`. */
  share(source: number, target: number, length: number): void {
    if (length === 0) return;
    this.runtime.copyCells(source, target, 0, length);
    const from = source * this.contextLength;
    this.join(target, this.cells.subarray(from, from + length));
  }

  /** A copy of what `row` holds at positions [from, to). */
  save(row: number, from: number, to: number): KeptCells {
    const saved = this.runtime.saveCells(row, from, to);
    const start = row * this.contextLength;
    return this.kept(saved, from, to, this.cells.subarray(start + from, start + to));
  }

  /** A copy of the part [from, to) of a copy; undefined where that takes more free cells than there are. */
  savePart(whole: KeptCells, from: number, to: number): KeptCells | undefined {
    if (!this.staysInCells && this.freeCount < whole.length) return undefined;
    const saved = this.runtime.savePart(whole.saved, from, to);
    return this.kept(saved, from, to, whole.cells.subarray(from - whole.start, to - whole.start));
  }

  /**
   * Continues `row` up to position `to` with cells from a copy. False, and nothing is changed, where that takes more free
   * cells than there are.
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

  /** Forgets everything, as after a failed batch, when nobody knows what the cache holds. */
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

  /** Adds `shared` cells, which others hold, to the end of `row`. */
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
