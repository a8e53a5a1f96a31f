import type { Pointer } from "../abi.js";
import { type GgmlFunctions, viewTensors } from "./ggml.js";

/**
 * Keys and values of one layer. Keys: one row per cell, heads in order. Values are transposed, one row per component with a
 * number for each cell, because attention sums them over the cells.
 */
export interface LayerCells {
  readonly keys: Pointer;
  readonly values: Pointer;
}

/** The size of a layer's cells. */
export interface CellLayout {
  /** Components of a cell's keys, and as many of its values. */
  readonly width: number;
  /** Number of cells. */
  readonly size: number;
  /** Bytes of one component. */
  readonly numberBytes: number;
}

/** The tensors of one layer's cells. */
export function newLayerCells(
  ggml: GgmlFunctions,
  context: Pointer,
  type: number,
  { width, size }: CellLayout,
): LayerCells {
  return {
    keys: ggml.new_tensor_2d(context, type, width, size),
    values: ggml.new_tensor_2d(context, type, size, width),
  };
}

/** Cells that are cleared together. */
const CLEARED_CELLS = 256;

/** The memory of all KV cells: `keys` and `values` hold the bytes of each layer, laid out as in `LayerCells`. */
export class CellMemory {
  readonly layout: CellLayout;
  readonly bytes: number;
  readonly keys: readonly Uint8Array[];
  readonly values: readonly Uint8Array[];
  /** 1 for each group of `CLEARED_CELLS` cells that has been zeroed once, so that it holds no NaN. */
  private readonly cleared: Uint8Array;

  /** `layers` lie in one buffer. */
  constructor(ggml: GgmlFunctions, layers: readonly LayerCells[], layout: CellLayout) {
    const bytes = viewTensors(
      ggml,
      layers.flatMap(({ keys, values }) => [keys, values]),
    );
    this.layout = layout;
    this.keys = layers.map((_, layer) => bytes[2 * layer]);
    this.values = layers.map((_, layer) => bytes[2 * layer + 1]);
    this.bytes = 2 * layers.length * this.keys[0].length;
    this.cleared = new Uint8Array(Math.ceil(layout.size / CLEARED_CELLS));
  }

  /**
   * Zeroes the groups of [from, to) that never were: attention also multiplies cells that the mask hides, and uninitialised
   * memory may hold NaN. Not done for all cells at the start, because the system provides memory only when it is touched.
   */
  clear(from: number, to: number): void {
    const { cleared } = this;
    const last = Math.ceil(to / CLEARED_CELLS);
    for (let group = Math.floor(from / CLEARED_CELLS); group < last; group++) {
      if (cleared[group] !== 0) continue;
      let end = group + 1;
      while (end < last && cleared[end] === 0) end++;
      cleared.fill(1, group, end);
      this.fill(group * CLEARED_CELLS, Math.min(end * CLEARED_CELLS, this.layout.size));
      group = end;
    }
  }

  /** Copies `count` cells within the memory; source and target may overlap. */
  move(from: number, to: number, count: number): void {
    const { width, size, numberBytes } = this.layout;
    this.clear(to, to + count);
    const keyBytes = width * numberBytes;
    for (const rows of this.keys) rows.copyWithin(to * keyBytes, from * keyBytes, (from + count) * keyBytes);
    for (const rows of this.values) {
      for (let number = 0; number < width; number++) {
        const start = number * size * numberBytes;
        const source = start + from * numberBytes;
        rows.copyWithin(start + to * numberBytes, source, source + count * numberBytes);
      }
    }
  }

  private fill(from: number, to: number): void {
    const { width, size, numberBytes } = this.layout;
    for (const rows of this.keys) rows.fill(0, from * width * numberBytes, to * width * numberBytes);
    for (const rows of this.values) {
      for (let number = 0; number < width; number++) {
        const start = number * size;
        rows.fill(0, (start + from) * numberBytes, (start + to) * numberBytes);
      }
    }
  }
}
