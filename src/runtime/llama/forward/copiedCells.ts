import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import type { SavedCells } from "../../runtime.js";
import type { Pointer } from "../abi.js";
import type { CellMemory } from "./cellMemory.js";

/**
 * A copy of the keys and values of successive positions. For each layer: the keys by position, then for each component the
 * values by position. It is in native memory, which `free` releases at once; an `ArrayBuffer` of megabytes would wait for the
 * garbage collector.
 */
export class CopiedCells implements SavedCells {
  /** The first position. */
  private readonly from: number;
  private readonly count: number;
  private readonly memory: CellMemory;
  private address: Pointer;
  private bytes: Uint8Array;

  private constructor(memory: CellMemory, from: number, count: number) {
    this.from = from;
    this.count = count;
    this.memory = memory;
    const size = Math.max(1, 2 * memory.keys.length * this.layerBytes);
    this.address = koffi.alloc("uint8_t", size) as Pointer;
    this.bytes = new Uint8Array(koffi.view(this.address as bigint, size));
  }

  /** A copy of `count` cells, which hold successive positions beginning with `from`, the first of them in `cell`. */
  static of(memory: CellMemory, cell: number, count: number, from: number): CopiedCells {
    const copy = new CopiedCells(memory, from, count);
    copy.exchange(0, cell, count, (own, at, cells, start, length) => {
      own.set(cells.subarray(start, start + length), at);
    });
    return copy;
  }

  /** A copy of positions [from, to) of this one. */
  part(from: number, to: number): CopiedCells {
    this.check();
    const { memory, bytes } = this;
    const { width, numberBytes } = memory.layout;
    const copy = new CopiedCells(memory, from, to - from);
    const take = (at: number, start: number, length: number) =>
      copy.bytes.set(bytes.subarray(start, start + length), at);
    const skipped = from - this.from;
    for (let layer = 0; layer < memory.keys.length; layer++) {
      take(copy.keysAt(layer), this.keysAt(layer) + skipped * width * numberBytes, copy.layerBytes);
      for (let number = 0; number < width; number++) {
        const start = this.valuesAt(layer, number) + skipped * numberBytes;
        take(copy.valuesAt(layer, number), start, copy.count * numberBytes);
      }
    }
    return copy;
  }

  /** Writes `count` positions from `from` on, the first of them into `cell`. */
  writeTo(cell: number, count: number, from: number): void {
    this.check();
    this.memory.clear(cell, cell + count);
    this.exchange(from - this.from, cell, count, (own, at, cells, start, length) => {
      cells.set(own.subarray(at, at + length), start);
    });
  }

  free(): void {
    if (this.address === null) return;
    koffi.free(this.address);
    this.address = null;
    this.bytes = new Uint8Array(0);
  }

  /** Bytes of a layer's keys, and as many of its values. */
  private get layerBytes(): number {
    const { width, numberBytes } = this.memory.layout;
    return this.count * width * numberBytes;
  }

  private keysAt(layer: number): number {
    return 2 * layer * this.layerBytes;
  }

  private valuesAt(layer: number, number: number): number {
    return (2 * layer + 1) * this.layerBytes + number * this.count * this.memory.layout.numberBytes;
  }

  /**
   * Calls `move` for each contiguous stretch of `count` positions: the copy's bytes and offset, the cells' bytes and offset,
   * and the length. `first` is an index into the copy; `cell` is the cell that corresponds to it.
   */
  private exchange(
    first: number,
    cell: number,
    count: number,
    move: (own: Uint8Array, at: number, cells: Uint8Array, start: number, length: number) => void,
  ): void {
    const { bytes } = this;
    const { keys, values, layout } = this.memory;
    const { width, size, numberBytes } = layout;
    const rowBytes = width * numberBytes;
    for (let layer = 0; layer < keys.length; layer++) {
      move(bytes, this.keysAt(layer) + first * rowBytes, keys[layer], cell * rowBytes, count * rowBytes);
      for (let number = 0; number < width; number++) {
        const own = this.valuesAt(layer, number) + first * numberBytes;
        const start = (number * size + cell) * numberBytes;
        move(bytes, own, values[layer], start, count * numberBytes);
      }
    }
  }

  private check(): void {
    if (this.address === null) {
      throw new FormworkError("internal", "Saved cells were used after they were freed.");
    }
  }
}
