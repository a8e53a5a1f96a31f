import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import type { SavedCells } from "../runtime.js";
import type { Pointer } from "./abi.js";
import type { LlamaFunctions } from "./native.js";

/**
 * The KV cells of one sequence in the library's format: positions, then the keys and values of each layer. In native memory, which is
 * freed immediately; an `ArrayBuffer` of megabytes would wait for the garbage collector.
 */
export class NativeCells implements SavedCells {
  private readonly bytes: number;
  private address: Pointer;

  private constructor(address: Pointer, bytes: number) {
    this.address = address;
    this.bytes = bytes;
  }

  static of(call: LlamaFunctions, context: Pointer, sequence: number): NativeCells {
    const bytes = Number(call.llama_state_seq_get_size(context, sequence));
    const address = koffi.alloc("uint8_t", bytes) as Pointer;
    const written = Number(call.llama_state_seq_get_data(context, address, bytes, sequence));
    if (written !== bytes) {
      koffi.free(address);
      throw new FormworkError(
        "internal",
        `The cells of a sequence could not be saved: ${written} of ${bytes} bytes.`,
      );
    }
    return new NativeCells(address, bytes);
  }

  /** Replaces the cells of `sequence` with them. */
  writeTo(call: LlamaFunctions, context: Pointer, sequence: number): void {
    if (this.address === null)
      throw new FormworkError("internal", "Saved cells were used after they were freed.");
    const read = Number(call.llama_state_seq_set_data(context, this.address, this.bytes, sequence));
    if (read !== this.bytes) {
      throw new FormworkError(
        "internal",
        `Saved cells could not be restored: ${read} of ${this.bytes} bytes.`,
      );
    }
  }

  free(): void {
    if (this.address === null) return;
    koffi.free(this.address);
    this.address = null;
  }
}

/** Cells kept in place, in a sequence of the library that no request uses. */
export class HeldCells implements SavedCells {
  private readonly call: LlamaFunctions;
  private readonly memory: Pointer;
  private readonly pool: number[];
  private held: number;

  /** Takes a sequence from the non-empty `pool` and makes it share the cells of `source` at [from, to). */
  constructor(
    call: LlamaFunctions,
    memory: Pointer,
    pool: number[],
    source: number,
    from: number,
    to: number,
  ) {
    const sequence = pool.pop();
    if (sequence === undefined) throw new FormworkError("internal", "All kept pieces are taken.");
    this.call = call;
    this.memory = memory;
    this.pool = pool;
    this.held = sequence;
    call.llama_memory_seq_cp(memory, source, sequence, from, to);
  }

  get sequence(): number {
    if (this.held < 0) throw new FormworkError("internal", "Saved cells were used after they were freed.");
    return this.held;
  }

  free(): void {
    if (this.held < 0) return;
    this.call.llama_memory_seq_rm(this.memory, this.held, 0, -1);
    this.pool.push(this.held);
    this.held = -1;
  }
}
