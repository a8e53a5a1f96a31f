import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import type { SavedCells } from "../runtime.js";
import type { Pointer } from "./abi.js";
import { type Decoder, noRoom } from "./decoder.js";
import type { LlamaFunctions } from "./native.js";
import { HeldCells, NativeCells } from "./savedCells.js";
import type { TokenBatch } from "./tokenBatch.js";

export interface ContextDecoderParts {
  call: LlamaFunctions;
  context: Pointer;
  maxSequences: number;
  /** Tokens of the vocabulary: numbers in a row of logits. */
  vocabularySize: number;
  keptPieces: number;
  decodesAside: boolean;
  cellBytes: number;
}

/**
 * A context of llama.cpp. Logits are read where the library leaves them: one row of `vocabularySize` floats for every
 * token that asked, in batch order.
 */
export class ContextDecoder implements Decoder {
  readonly batchCapacity: number;
  readonly cellCapacity: number;
  readonly cellBytes: number;
  readonly decodesAside: boolean;
  readonly sharesCells = true;

  private readonly call: LlamaFunctions;
  private readonly context: Pointer;
  private readonly memory: Pointer;
  private readonly vocabularySize: number;
  /** The sequence that cells pass through: the one behind those of requests. */
  private readonly passage: number;
  private readonly holdsPieces: boolean;
  /** Sequences of the library that hold kept pieces of prompts, those that are free. */
  private readonly holders: number[];

  private rows = 0;
  private logitsFound = false;
  private logitsAddress: Pointer = null;
  private rowViews: Float32Array[] = [];

  constructor(parts: ContextDecoderParts) {
    const { call, context, maxSequences, keptPieces } = parts;
    this.call = call;
    this.context = context;
    this.memory = call.llama_get_memory(context);
    this.vocabularySize = parts.vocabularySize;
    this.batchCapacity = call.llama_n_batch(context);
    this.cellCapacity = call.llama_n_ctx(context);
    this.cellBytes = parts.cellBytes;
    this.decodesAside = parts.decodesAside;
    this.passage = maxSequences;
    this.holdsPieces = keptPieces > 0;
    this.holders = Array.from({ length: keptPieces }, (_, i) => maxSequences + 1 + i);
  }

  /** The library prepares batches itself. */
  prepare(): void {}

  compute(batch: TokenBatch): void {
    const code = this.call.llama_decode(this.context, batch.native());
    if (code !== 0) throw new FormworkError("internal", decodeFailure(code, batch.count, this.cellCapacity));
    this.rows = batch.rows;
    this.logitsFound = false;
  }

  logits(row: number): Float32Array {
    // A GPU is still at work when `compute` returns; asking for logits waits for it.
    if (!this.logitsFound) this.findLogits();
    return this.rowViews[row];
  }

  setThreads(threads: number): void {
    this.call.llama_set_n_threads(this.context, threads, threads);
  }

  removeCells(sequence: number, from: number, to: number): void {
    if (!this.call.llama_memory_seq_rm(this.memory, sequence, from, to)) {
      throw new FormworkError(
        "internal",
        `Cells [${from}, ${to}) of sequence ${sequence} cannot be removed.`,
      );
    }
  }

  copyCells(source: number, target: number, from: number, to: number): void {
    this.call.llama_memory_seq_cp(this.memory, source, target, from, to);
  }

  saveCells(sequence: number, from: number, to: number): SavedCells {
    if (this.holdsPieces) return this.hold(sequence, from, to);
    return this.passing((passage) => {
      this.copyCells(sequence, passage, from, to);
      return NativeCells.of(this.call, this.context, passage);
    });
  }

  savePart(saved: SavedCells, from: number, to: number): SavedCells {
    if (saved instanceof HeldCells) return this.hold(saved.sequence, from, to);
    return this.passing((passage) => {
      (saved as NativeCells).writeTo(this.call, this.context, passage);
      this.removeCells(passage, 0, from);
      this.removeCells(passage, to, -1);
      return NativeCells.of(this.call, this.context, passage);
    });
  }

  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void {
    if (saved instanceof HeldCells) {
      this.copyCells(saved.sequence, sequence, from, to);
      return;
    }
    this.passing((passage) => {
      (saved as NativeCells).writeTo(this.call, this.context, passage);
      this.copyCells(passage, sequence, from, to);
    });
  }

  close(): void {
    this.rowViews = [];
    this.call.llama_free(this.context);
  }

  private hold(sequence: number, from: number, to: number): SavedCells {
    return new HeldCells(this.call, this.memory, this.holders, sequence, from, to);
  }

  /** The library copies whole sequences only; one that is not offered, empty but for now, holds the part that is meant. */
  private passing<T>(work: (passage: number) => T): T {
    const { passage } = this;
    try {
      return work(passage);
    } finally {
      this.removeCells(passage, 0, -1);
    }
  }

  /** The library moves its output buffer when it grows; the views are made anew only then. */
  private findLogits(): void {
    const address = this.call.llama_get_logits(this.context);
    if (address === null) throw new FormworkError("internal", "The backend returned no logits.");
    if (address !== this.logitsAddress) {
      this.logitsAddress = address;
      this.rowViews = [];
    }
    this.logitsFound = true;
    const size = this.vocabularySize;
    for (let row = this.rowViews.length; row < this.rows; row++) {
      this.rowViews.push(new Float32Array(koffi.view(address + BigInt(row * size * 4), size * 4)));
    }
  }
}

function decodeFailure(code: number, tokens: number, cells: number): string {
  if (code === 1) return noRoom(tokens, cells);
  if (code === 2) return "The decode was aborted.";
  if (code === -1) return "The batch is invalid: positions of a sequence must continue where its cells end.";
  return `The backend failed to decode ${tokens} tokens (code ${code}).`;
}
