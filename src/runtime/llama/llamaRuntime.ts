import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import type { ChatMessage } from "../../types.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import { type PromptTokenizer, promptTokens } from "../promptTokens.js";
import type { ModelDescription, OtherThreads, PromptOptions, Runtime, SavedCells } from "../runtime.js";
import type { NativeBatch, Pointer } from "./abi.js";
import type { LlamaFunctions } from "./native.js";
import type { RowSplitTrial } from "./rowSplit.js";
import { HeldCells, NativeCells } from "./savedCells.js";
import type { ThreadGovernor } from "./threadGovernor.js";

export interface LlamaRuntimeParts {
  call: LlamaFunctions;
  model: Pointer;
  context: Pointer;
  description: ModelDescription;
  vocabulary: Vocabulary;
  tokenize(text: string, parseSpecial: boolean): Int32Array;
  renderChat(messages: readonly ChatMessage[], options?: PromptOptions): string;
  chatTemplate: string;
  promptTokenizer: PromptTokenizer;
  contextLength: number;
  maxSequences: number;
  batchCapacity: number;
  cellCapacity: number;
  logitRows: number;
  keptPieces: number;
  decodesAside: boolean;
  /** Controls the number of threads; null for a fixed number. */
  governor: ThreadGovernor | null;
  /** Controls how threads divide a matrix; null for the library's default. */
  rowSplit: RowSplitTrial | null;
  bytes: { model: number; context: number };
}

/**
 * One model and one context of llama.cpp.
 *
 * The batch is native memory, filled through typed arrays: `llama_batch` is a struct of parallel arrays with one element per token;
 * only its count changes between decodes. Its `seq_id` array has a pointer per token, each to one element of `sequences`, set once.
 * Logits are read from the library's memory: one row of `vocabulary.size` floats per token that requested them, in batch order.
 */
export class LlamaRuntime implements Runtime {
  readonly model: ModelDescription;
  readonly vocabulary: Vocabulary;
  readonly contextLength: number;
  readonly maxSequences: number;
  readonly batchCapacity: number;
  readonly cellCapacity: number;
  readonly logitRows: number;
  readonly keptPieces: number;
  readonly decodesAside: boolean;

  private readonly parts: LlamaRuntimeParts;
  private readonly call: LlamaFunctions;
  private readonly context: Pointer;
  private readonly memory: Pointer;

  private readonly batch: NativeBatch;
  private readonly allocations: Pointer[] = [];
  private readonly tokens: Int32Array;
  private readonly positions: Int32Array;
  private readonly sequences: Int32Array;
  private readonly wanted: Int8Array;
  private count = 0;
  private rows = 0;

  private decodedRows = 0;
  private others: OtherThreads = { cpuMs: () => 0, busy: () => 0 };
  /** The number of threads last set in the library. */
  private threads: number;
  private logitsFound = false;
  private logitsAddress: Pointer = null;
  private rowViews: Float32Array[] = [];
  private closed = false;
  /** Free sequences of the library for cached prefixes. */
  private readonly holders: number[];

  constructor(parts: LlamaRuntimeParts) {
    this.parts = parts;
    this.call = parts.call;
    this.threads = parts.governor?.threads ?? 0;
    this.context = parts.context;
    this.model = parts.description;
    this.vocabulary = parts.vocabulary;
    this.contextLength = parts.contextLength;
    this.maxSequences = parts.maxSequences;
    this.batchCapacity = parts.batchCapacity;
    this.cellCapacity = parts.cellCapacity;
    this.logitRows = parts.logitRows;
    this.keptPieces = parts.keptPieces;
    this.decodesAside = parts.decodesAside;
    // After those of requests and the one for copying cells.
    this.holders = Array.from({ length: parts.keptPieces }, (_, i) => parts.maxSequences + 1 + i);
    this.memory = parts.call.llama_get_memory(parts.context);

    const capacity = parts.batchCapacity;
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
    this.batch = {
      n_tokens: 0,
      token: token.address,
      embd: null,
      pos: position.address,
      n_seq_id: sequenceCount.address,
      seq_id: sequencePointer.address,
      logits: wanted.address,
    };
  }

  tokenize(text: string, parseSpecial = false): Int32Array {
    return this.parts.tokenize(text, parseSpecial);
  }

  renderChat(messages: readonly ChatMessage[], options?: PromptOptions): string {
    return this.parts.renderChat(messages, options);
  }

  encodeChat(messages: readonly ChatMessage[], options?: PromptOptions): Int32Array {
    const { renderChat, promptTokenizer } = this.parts;
    return promptTokens(messages, renderChat, promptTokenizer, this.contextLength, options);
  }

  get chatTemplate(): string {
    return this.parts.chatTemplate;
  }

  batchClear(): void {
    this.count = 0;
    this.rows = 0;
  }

  batchAdd(token: number, position: number, sequence: number, wantLogits: boolean): number {
    const at = this.count;
    if (at >= this.batchCapacity) {
      throw new FormworkError("internal", `The batch is full at ${this.batchCapacity} tokens.`);
    }
    if (wantLogits && this.rows >= this.logitRows) {
      throw new FormworkError("internal", `A batch gives at most ${this.logitRows} rows of logits.`);
    }
    // Ids out of range would make the library read invalid memory.
    if (token < 0 || token >= this.vocabulary.size || sequence < 0 || sequence >= this.maxSequences) {
      throw new FormworkError("internal", `There is no token ${token} or no sequence ${sequence}.`);
    }
    this.tokens[at] = token;
    this.positions[at] = position;
    this.sequences[at] = sequence;
    this.wanted[at] = wantLogits ? 1 : 0;
    this.count = at + 1;
    return wantLogits ? this.rows++ : -1;
  }

  batchSize(): number {
    return this.count;
  }

  shareProcessors(others: OtherThreads): void {
    this.others = others;
  }

  decode(): void {
    if (this.closed) throw new FormworkError("internal", "The runtime is closed.");
    this.decodedRows = 0;
    if (this.count === 0) return;
    this.batch.n_tokens = this.count;
    const code = this.parts.governor === null ? this.run() : this.runGoverned(this.parts.governor);
    if (code !== 0) throw new FormworkError("internal", decodeFailure(code, this.count, this.cellCapacity));
    this.decodedRows = this.rows;
    this.logitsFound = false;
  }

  logits(row: number): Float32Array {
    if (row < 0 || row >= this.decodedRows) {
      throw new FormworkError("internal", `The last batch has no logits in row ${row}.`);
    }
    // A GPU may still be computing when `decode` returns; requesting logits waits for it.
    if (!this.logitsFound) this.findLogits();
    return this.rowViews[row];
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
    if (this.keptPieces > 0) return this.hold(sequence, from, to);
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

  memoryBytes(): { model: number; context: number } {
    return { ...this.parts.bytes };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.rowViews = [];
    this.decodedRows = 0;
    this.call.llama_free(this.context);
    this.call.llama_model_free(this.parts.model);
    for (const allocation of this.allocations) koffi.free(allocation);
  }

  private hold(sequence: number, from: number, to: number): SavedCells {
    return new HeldCells(this.call, this.memory, this.holders, sequence, from, to);
  }

  /** The library only copies whole sequences, so the part is first shared with an additional sequence, which is otherwise empty. */
  private passing<T>(work: (passage: number) => T): T {
    const passage = this.maxSequences;
    try {
      return work(passage);
    } finally {
      this.removeCells(passage, 0, -1);
    }
  }

  private run(): number {
    const trial = this.parts.rowSplit;
    if (trial === null || trial.settled || this.count !== 1)
      return this.call.llama_decode(this.context, this.batch);
    const began = performance.now();
    const code = this.call.llama_decode(this.context, this.batch);
    trial.observe(performance.now() - began);
    return code;
  }

  private runGoverned(governor: ThreadGovernor): number {
    const { others } = this;
    const threads = governor.threadsBeside(others.busy());
    if (threads !== this.threads) {
      this.threads = threads;
      this.call.llama_set_n_threads(this.context, threads, threads);
    }
    const began = performance.now();
    const othersBefore = others.cpuMs();
    const cpu = process.cpuUsage();
    const code = this.run();
    const { user, system } = process.cpuUsage(cpu);
    const now = performance.now();
    const own = (user + system) / 1000 - (others.cpuMs() - othersBefore);
    // Decodes with fewer threads than chosen are no evidence about the choice.
    if (threads === governor.threads) governor.observe(now - began, own, now);
    return code;
  }

  /** The library moves its output buffer when it grows; only then the views are recreated. */
  private findLogits(): void {
    const address = this.call.llama_get_logits(this.context);
    if (address === null) throw new FormworkError("internal", "The backend returned no logits.");
    if (address !== this.logitsAddress) {
      this.logitsAddress = address;
      this.rowViews = [];
    }
    this.logitsFound = true;
    const size = this.vocabulary.size;
    for (let row = this.rowViews.length; row < this.decodedRows; row++) {
      this.rowViews.push(new Float32Array(koffi.view(address + BigInt(row * size * 4), size * 4)));
    }
  }

  private allocate(bytes: number): { address: bigint; memory: ArrayBuffer } {
    const address = koffi.alloc("uint8_t", bytes) as bigint;
    this.allocations.push(address);
    return { address, memory: koffi.view(address, bytes) };
  }
}

function decodeFailure(code: number, tokens: number, cells: number): string {
  if (code === 1) return `No room for ${tokens} more tokens among the ${cells} KV cells.`;
  if (code === 2) return "The decode was aborted.";
  if (code === -1) return "The batch is invalid: positions of a sequence must continue where its cells end.";
  return `The backend failed to decode ${tokens} tokens (code ${code}).`;
}
