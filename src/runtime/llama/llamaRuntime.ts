import { FormworkError } from "../../errors.js";
import type { ChatMessage } from "../../types.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import { type PromptTokenizer, promptTokens } from "../promptTokens.js";
import type { ModelDescription, OtherThreads, PromptOptions, Runtime, SavedCells } from "../runtime.js";
import type { Decoder } from "./decoder.js";
import type { RowSplitTrial } from "./rowSplit.js";
import type { ThreadGovernor } from "./threadGovernor.js";
import { TokenBatch } from "./tokenBatch.js";

export interface LlamaRuntimeParts {
  decoder: Decoder;
  description: ModelDescription;
  vocabulary: Vocabulary;
  tokenize(text: string, parseSpecial: boolean): Int32Array;
  renderChat(messages: readonly ChatMessage[], options?: PromptOptions): string;
  chatTemplate: string;
  promptTokenizer: PromptTokenizer;
  contextLength: number;
  maxSequences: number;
  logitRows: number;
  keptPieces: number;
  /** Decides the number of threads; null leaves it as it is. */
  governor: ThreadGovernor | null;
  /** Controls how threads divide a matrix; null for the library's default. */
  rowSplit: RowSplitTrial | null;
  /** Bytes of the weights. */
  modelBytes: number;
  /** Frees the library's model, which holds the vocabulary. */
  freeModel(): void;
}

/** One model of llama.cpp: its vocabulary and templates, a decoder for its weights, and the threads they run on. */
export class LlamaRuntime implements Runtime {
  readonly model: ModelDescription;
  readonly vocabulary: Vocabulary;
  readonly contextLength: number;
  readonly maxSequences: number;
  readonly batchCapacity: number;
  readonly cellCapacity: number;
  readonly sharesCells: boolean;
  readonly logitRows: number;
  readonly keptPieces: number;
  readonly decodesAside: boolean;

  private readonly parts: LlamaRuntimeParts;
  private readonly decoder: Decoder;
  private readonly batch: TokenBatch;
  private decodedRows = 0;
  private others: OtherThreads = { cpuMs: () => 0, busy: () => 0 };
  /** The number of threads that the decoder was last given. */
  private threads: number;
  private closed = false;

  constructor(parts: LlamaRuntimeParts) {
    this.parts = parts;
    this.decoder = parts.decoder;
    this.threads = parts.governor?.threads ?? 0;
    this.model = parts.description;
    this.vocabulary = parts.vocabulary;
    this.contextLength = parts.contextLength;
    this.maxSequences = parts.maxSequences;
    this.batchCapacity = parts.decoder.batchCapacity;
    this.cellCapacity = parts.decoder.cellCapacity;
    this.sharesCells = parts.decoder.sharesCells;
    this.logitRows = parts.logitRows;
    this.keptPieces = parts.keptPieces;
    this.decodesAside = parts.decoder.decodesAside;
    this.batch = new TokenBatch(this.batchCapacity, {
      tokens: parts.vocabulary.size,
      sequences: parts.maxSequences,
      rows: parts.logitRows,
    });
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
    this.batch.clear();
  }

  batchAdd(token: number, position: number, sequence: number, wantLogits: boolean): number {
    return this.batch.add(token, position, sequence, wantLogits);
  }

  batchSize(): number {
    return this.batch.count;
  }

  shareProcessors(others: OtherThreads): void {
    this.others = others;
  }

  decode(): void {
    if (this.closed) throw new FormworkError("internal", "The runtime is closed.");
    this.decodedRows = 0;
    if (this.batch.count === 0) return;
    const { governor } = this.parts;
    if (governor === null) this.run();
    else this.runGoverned(governor);
    this.decodedRows = this.batch.rows;
  }

  logits(row: number): Float32Array {
    if (row < 0 || row >= this.decodedRows) {
      throw new FormworkError("internal", `The last batch has no logits in row ${row}.`);
    }
    return this.decoder.logits(row);
  }

  removeCells(sequence: number, from: number, to: number): void {
    this.decoder.removeCells(sequence, from, to);
  }

  copyCells(source: number, target: number, from: number, to: number): void {
    this.decoder.copyCells(source, target, from, to);
  }

  saveCells(sequence: number, from: number, to: number): SavedCells {
    return this.decoder.saveCells(sequence, from, to);
  }

  savePart(saved: SavedCells, from: number, to: number): SavedCells {
    return this.decoder.savePart(saved, from, to);
  }

  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void {
    this.decoder.restoreCells(sequence, saved, from, to);
  }

  memoryBytes(): { model: number; context: number } {
    return { model: this.parts.modelBytes, context: this.decoder.cellBytes };
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.decodedRows = 0;
    this.decoder.close();
    this.parts.freeModel();
    this.batch.free();
  }

  private run(): void {
    this.decoder.prepare(this.batch);
    this.compute();
  }

  private compute(): void {
    const trial = this.parts.rowSplit;
    if (trial === null || trial.settled || this.batch.count !== 1) {
      this.decoder.compute(this.batch);
      return;
    }
    const began = performance.now();
    this.decoder.compute(this.batch);
    trial.observe(performance.now() - began);
  }

  private runGoverned(governor: ThreadGovernor): void {
    const { others } = this;
    const threads = governor.threadsBeside(others.busy());
    if (threads !== this.threads) {
      this.threads = threads;
      this.decoder.setThreads(threads);
    }
    this.decoder.prepare(this.batch);
    const began = performance.now();
    const othersBefore = others.cpuMs();
    const cpu = process.cpuUsage();
    this.compute();
    const { user, system } = process.cpuUsage(cpu);
    const now = performance.now();
    const own = (user + system) / 1000 - (others.cpuMs() - othersBefore);
    // Decodes with fewer threads than chosen are no evidence about the choice.
    if (threads === governor.threads) governor.observe(now - began, own, now);
  }
}
