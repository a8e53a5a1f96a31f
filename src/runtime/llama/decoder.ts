import type { SavedCells } from "../runtime.js";
import type { TokenBatch } from "./tokenBatch.js";

/**
 * A model's weights and KV cells, and what turns a batch into logits: a context of the library (`contextDecoder.ts`), or
 * a forward pass of our own (`forward/`).
 */
export interface Decoder {
  readonly batchCapacity: number;
  readonly cellCapacity: number;
  /** Bytes of KV cells. */
  readonly cellBytes: number;
  /** As in `Runtime`. */
  readonly sharesCells: boolean;
  /** Whether `compute` returns while a GPU still computes, which `logits` then waits for. */
  readonly decodesAside: boolean;
  /** The part of a decode that needs one thread only. Throws `FormworkError("internal")` where cells are missing. */
  prepare(batch: TokenBatch): void;
  /** Computes the batch that was just prepared, with all threads. Throws `FormworkError("internal")` where the backend fails. */
  compute(batch: TokenBatch): void;
  /** Logits of row `row` of the last batch: a view that the next `compute` overwrites. The caller checks `row`. */
  logits(row: number): Float32Array;
  setThreads(threads: number): void;

  // The cells, as in `Runtime`.
  removeCells(sequence: number, from: number, to: number): void;
  copyCells(source: number, target: number, from: number, to: number): void;
  saveCells(sequence: number, from: number, to: number): SavedCells;
  savePart(saved: SavedCells, from: number, to: number): SavedCells;
  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void;

  close(): void;
}

/** The error of a batch for which there are not enough free cells. */
export function noRoom(tokens: number, cells: number): string {
  return `No room for ${tokens} more tokens among the ${cells} KV cells.`;
}
