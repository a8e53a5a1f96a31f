import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import type { NativeBatch, Pointer } from "./abi.js";

/**
 * Tokens to decode together: parallel arrays in native memory, one element a token, laid out as `llama_batch` wants them;
 * only the count changes between two decodes. `seq_id` holds a pointer for each token, to one element of `sequences`, set
 * once.
 */
export class TokenBatch {
  readonly capacity: number;
  count = 0;
  /** How many of them ask for logits. */
  rows = 0;
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  readonly sequences: Int32Array;
  /** 1 where the logits after the token are asked for. */
  readonly wanted: Int8Array;

  private readonly limits: { tokens: number; sequences: number; rows: number };
  private readonly allocations: Pointer[] = [];
  private readonly struct: NativeBatch;

  /** `limits`: the first token and sequence that do not exist, and how many rows of logits may be asked for. */
  constructor(capacity: number, limits: { tokens: number; sequences: number; rows: number }) {
    this.capacity = capacity;
    this.limits = limits;
    const token = this.allocate(capacity * 4);
    const position = this.allocate(capacity * 4);
    const sequenceCount = this.allocate(capacity * 4);
    const sequence = this.allocate(capacity * 4);
    const sequencePointer = this.allocate(capacity * 8);
    const wanted = this.allocate(capacity);
    this.tokens = new Int32Array(token.memory);
    this.positions = new Int32Array(position.memory);
    this.sequences = new Int32Array(sequence.memory);
    this.wanted = new Int8Array(wanted.memory);
    new Int32Array(sequenceCount.memory).fill(1);
    const pointers = new BigUint64Array(sequencePointer.memory);
    for (let i = 0; i < capacity; i++) pointers[i] = sequence.address + BigInt(i * 4);
    this.struct = {
      n_tokens: 0,
      token: token.address,
      embd: null,
      pos: position.address,
      n_seq_id: sequenceCount.address,
      seq_id: sequencePointer.address,
      logits: wanted.address,
    };
  }

  clear(): void {
    this.count = 0;
    this.rows = 0;
  }

  /** Appends a token; returns its row of logits, -1 without. Ids out of range would have the library read foreign memory. */
  add(token: number, position: number, sequence: number, wantLogits: boolean): number {
    const at = this.count;
    if (at >= this.capacity) {
      throw new FormworkError("internal", `The batch is full at ${this.capacity} tokens.`);
    }
    const { limits } = this;
    if (wantLogits && this.rows >= limits.rows) {
      throw new FormworkError("internal", `A batch gives at most ${limits.rows} rows of logits.`);
    }
    if (token < 0 || token >= limits.tokens || sequence < 0 || sequence >= limits.sequences) {
      throw new FormworkError("internal", `There is no token ${token} or no sequence ${sequence}.`);
    }
    this.tokens[at] = token;
    this.positions[at] = position;
    this.sequences[at] = sequence;
    this.wanted[at] = wantLogits ? 1 : 0;
    this.count = at + 1;
    return wantLogits ? this.rows++ : -1;
  }

  /** As the library takes it. */
  native(): NativeBatch {
    this.struct.n_tokens = this.count;
    return this.struct;
  }

  free(): void {
    for (const allocation of this.allocations) koffi.free(allocation);
    this.allocations.length = 0;
  }

  private allocate(bytes: number): { address: bigint; memory: ArrayBuffer } {
    const address = koffi.alloc("uint8_t", bytes) as bigint;
    this.allocations.push(address);
    return { address, memory: koffi.view(address, bytes) };
  }
}
