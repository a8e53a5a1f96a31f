import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import type { SavedCells } from "../../runtime.js";
import type { Pointer } from "../abi.js";

/**
 * Keys and values of some successive positions: for each layer the rows of keys, then those of values, by position. In
 * native memory, which is given back at once; an `ArrayBuffer` of megabytes would wait for the collector.
 */
export class CopiedCells implements SavedCells {
  /** The first position. */
  private readonly from: number;
  private readonly count: number;
  private readonly rowBytes: number;
  private readonly parts: number;
  private address: Pointer;
  private bytes: Uint8Array;

  private constructor(from: number, count: number, rowBytes: number, parts: number) {
    this.from = from;
    this.count = count;
    this.rowBytes = rowBytes;
    this.parts = parts;
    const size = Math.max(1, parts * count * rowBytes);
    this.address = koffi.alloc("uint8_t", size) as Pointer;
    this.bytes = new Uint8Array(koffi.view(this.address as bigint, size));
  }

  /** A copy of `cells`, which hold successive positions beginning with `from`, out of `rows`: keys and values of each layer. */
  static ofRows(rows: readonly Uint8Array[], rowBytes: number, cells: Int32Array, from: number): CopiedCells {
    const copy = new CopiedCells(from, cells.length, rowBytes, rows.length);
    forEachRun(cells, (cell, at, count) => {
      for (let part = 0; part < rows.length; part++) {
        copy.bytes.set(
          rows[part].subarray(cell * rowBytes, (cell + count) * rowBytes),
          copy.offset(part, at),
        );
      }
    });
    return copy;
  }

  /** A copy of positions [from, to) of this one. */
  part(from: number, to: number): CopiedCells {
    this.check();
    const copy = new CopiedCells(from, to - from, this.rowBytes, this.parts);
    for (let part = 0; part < this.parts; part++) {
      const start = this.offset(part, from - this.from);
      copy.bytes.set(this.bytes.subarray(start, start + copy.count * this.rowBytes), copy.offset(part, 0));
    }
    return copy;
  }

  /** Writes the positions from `from` on, one into each of `cells`. */
  writeTo(rows: readonly Uint8Array[], cells: Int32Array, from: number): void {
    this.check();
    const { rowBytes } = this;
    forEachRun(cells, (cell, at, count) => {
      for (let part = 0; part < rows.length; part++) {
        const start = this.offset(part, from - this.from + at);
        rows[part].set(this.bytes.subarray(start, start + count * rowBytes), cell * rowBytes);
      }
    });
  }

  free(): void {
    if (this.address === null) return;
    koffi.free(this.address);
    this.address = null;
    this.bytes = new Uint8Array(0);
  }

  private offset(part: number, at: number): number {
    return (part * this.count + at) * this.rowBytes;
  }

  private check(): void {
    if (this.address === null) {
      throw new FormworkError("internal", "Saved cells were used after they were freed.");
    }
  }
}

/** Calls `visit` with each run of neighbouring cells: the first of them, its place in `cells`, and how many they are. */
function forEachRun(cells: Int32Array, visit: (cell: number, at: number, count: number) => void): void {
  for (let at = 0; at < cells.length; ) {
    let end = at + 1;
    while (end < cells.length && cells[end] === cells[end - 1] + 1) end++;
    visit(cells[at], at, end - at);
    at = end;
  }
}
