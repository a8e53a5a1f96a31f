import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import type { SavedCells } from "../runtime.js";
import type { Pointer } from "./abi.js";
import type { LlamaFunctions } from "./native.js";

/**
 * The KV cells of one sequence as the library writes them: positions, then the keys and values of each layer.
 * In native memory, which is given back at once; an `ArrayBuffer` of megabytes would wait for the collector.
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

  /** Makes them the only cells of `sequence`. */
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
