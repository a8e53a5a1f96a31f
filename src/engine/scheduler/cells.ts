import type { Runtime, SavedCells } from "../../runtime/index.js";

/**
 * Accounts for the runtime's KV cells: which row holds which tokens, and how many cells that takes
 * in all. Rows that were copied from one another share cells; a cell is free again when its last row
 * releases it. Every change goes to the runtime at once, so that the two cannot drift apart.
 *
 * Layout: `cells[row * contextLength + position]` is the number of the cell; `references[cell]` counts its
 * rows; `free` is a stack of the cells without any.
 */
export class CellBook {
  private readonly runtime: Runtime;
  private readonly contextLength: number;
  private readonly cells: Int32Array;
  private readonly lengths: Int32Array;
  private readonly references: Int32Array;
  private readonly free: Int32Array;
  private freeCount: number;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.contextLength = runtime.contextLength;
    this.cells = new Int32Array(runtime.maxSequences * runtime.contextLength);
    this.lengths = new Int32Array(runtime.maxSequences);
    this.references = new Int32Array(runtime.cellCapacity);
    this.free = new Int32Array(runtime.cellCapacity);
    this.freeCount = runtime.cellCapacity;
    for (let i = 0; i < this.freeCount; i++) this.free[i] = this.freeCount - 1 - i;
  }

  get freeCells(): number {
    return this.freeCount;
  }

  get usedCells(): number {
    return this.references.length - this.freeCount;
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
    const to = target * this.contextLength;
    for (let i = 0; i < length; i++) {
      const cell = this.cells[from + i];
      this.cells[to + i] = cell;
      this.references[cell]++;
    }
    this.lengths[target] = length;
  }

  /** A copy of the cells of `row` at positions [from, to). */
  save(row: number, from: number, to: number): SavedCells {
    return this.runtime.saveCells(row, from, to);
  }

  /** A copy of the part [from, to) of a copy of `savedLength` cells; undefined where there is no room for all of them. */
  savePart(saved: SavedCells, savedLength: number, from: number, to: number): SavedCells | undefined {
    return this.freeCount < savedLength ? undefined : this.runtime.savePart(saved, from, to);
  }

  /**
   * Continues `row` up to position `to` with cells from a copy of `savedLength` of them. False, and nothing is changed,
   * where there is no room for the whole copy.
   */
  restore(row: number, saved: SavedCells, savedLength: number, to: number): boolean {
    if (this.freeCount < savedLength) return false;
    const from = this.lengths[row];
    if (to <= from) return true;
    this.runtime.restoreCells(row, saved, from, to);
    this.extend(row, to - from);
    return true;
  }

  /** Forgets everything, as after a failed batch, when nobody knows what the cache holds. */
  reset(): void {
    for (let row = 0; row < this.lengths.length; row++) {
      this.runtime.removeCells(row, 0, -1);
      this.release(row, 0, this.lengths[row]);
    }
  }

  private release(row: number, from: number, to: number): void {
    const start = row * this.contextLength;
    for (let i = to - 1; i >= from; i--) {
      const cell = this.cells[start + i];
      if (--this.references[cell] === 0) this.free[this.freeCount++] = cell;
    }
    this.lengths[row] = from;
  }
}
