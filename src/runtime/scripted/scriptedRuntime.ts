import { FormworkError } from "../../errors.js";
import type { ChatMessage } from "../../types.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import { type ChatRenderer, chatRenderer } from "../chat.js";
import { ControlSpellings, type PromptTokenizer, promptTokens } from "../promptTokens.js";
import type { ModelDescription, PromptOptions, Runtime, SavedCells } from "../runtime.js";
import { byteVocabulary, CONTROL_TOKENS, longestMatch } from "./byteVocabulary.js";

export interface ScriptedRuntimeOptions {
  /** Runtimes with equal seeds give equal answers. Default 1. */
  seed?: number;
  /** Default: `byteVocabulary()`. */
  vocabulary?: Vocabulary;
  id?: string;
  /** A chat template in Jinja. Default: the control tokens around each message. */
  template?: string;
  /** Default 4. */
  maxSequences?: number;
  /** Default 4096. */
  contextLength?: number;
  /** Default 512. */
  batchCapacity?: number;
  /** Default: `contextLength` for every sequence. */
  cellCapacity?: number;
  /** Whether copied sequences share cells. Default true. */
  sharesCells?: boolean;
  /** Maximum rows of logits per batch. Default `batchCapacity`. */
  logitRows?: number;
  /** Maximum number of copies within the cells; see `Runtime.keptPieces`. Default 0: they are stored outside. */
  keptPieces?: number;
  /** What it reports as `Runtime.decodesAside`; its decodes are complete on return either way. Default false. */
  decodesAside?: boolean;
  /** Duration of a decode: a fixed time and a time per token, in milliseconds. Default 0. */
  decodeMs?: number;
  tokenMs?: number;
  /**
   * The token that the model prefers by far, given the tokens of the sequence so far. Undefined leaves the choice to the seed.
   */
  prefer?: (tokens: Int32Array) => number | undefined;
  /** The number of the decode that fails, counted from 1, and how: with an error, by ending the process, or by never returning. */
  failAt?: number;
  failure?: "throw" | "exit" | "hang";
}

/** A KV cell. Sequences that share it have the same object. */
interface Cell {
  token: number;
  /** Depends on every token up to here. */
  state: number;
  sharers: number;
}

interface PendingRow {
  sequence: number;
  position: number;
}

class ScriptedCells implements SavedCells {
  readonly start: number;
  private kept: readonly Cell[] | undefined;
  private readonly onFree: () => void;

  constructor(start: number, cells: readonly Cell[], onFree: () => void) {
    this.start = start;
    this.kept = cells;
    this.onFree = onFree;
  }

  get cells(): readonly Cell[] {
    if (this.kept === undefined)
      throw new FormworkError("internal", "Saved cells were used after they were freed.");
    return this.kept;
  }

  free(): void {
    if (this.kept === undefined) return;
    this.kept = undefined;
    this.onFree();
  }
}

/** Spreads the bits of two 32-bit integers into one. */
function mix(a: number, b: number): number {
  let x = Math.imul(a ^ (b + 0x9e3779b9), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 16), 0x27d4eb2f);
  return (x ^ (x >>> 15)) | 0;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread, as a native decode does. */
function sleep(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(sleeper, 0, 0, milliseconds);
}

/**
 * A runtime without a model, for tests. Its logits are random numbers that only depend on the seed and the tokens of the sequence, so
 * batching, sharing or removing cells must never change them. It enforces the same rules for callers as the real one.
 */
class ScriptedRuntime implements Runtime {
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

  readonly chatTemplate: string;

  private readonly options: ScriptedRuntimeOptions;
  private readonly chat: ChatRenderer | undefined;
  private readonly cut: (text: string) => Int32Array | readonly number[];
  private readonly sequences: (Cell | undefined)[][];
  private usedCells = 0;
  private savedCopies = 0;
  private batch: { token: number; position: number; sequence: number }[] = [];
  private wanted: PendingRow[] = [];
  private rows: Float32Array[] = [];
  private decodedRows = 0;
  private decodes = 0;
  private closed = false;

  constructor(options: ScriptedRuntimeOptions) {
    this.options = options;
    const { template } = options;
    this.chatTemplate = template ?? "";
    if (template !== undefined) {
      this.chat = chatRenderer({
        template,
        beginText: "",
        endText: "<|end|>",
        addBegin: false,
        knowsChatMl: false,
      });
    }
    this.vocabulary = options.vocabulary ?? byteVocabulary();
    this.maxSequences = options.maxSequences ?? 4;
    this.contextLength = options.contextLength ?? 4096;
    this.batchCapacity = options.batchCapacity ?? 512;
    this.sharesCells = options.sharesCells ?? true;
    this.cellCapacity = options.cellCapacity ?? this.contextLength * this.maxSequences;
    this.logitRows = Math.min(this.batchCapacity, options.logitRows ?? this.batchCapacity);
    this.keptPieces = options.keptPieces ?? 0;
    this.decodesAside = options.decodesAside ?? false;
    this.model = {
      id: options.id ?? "scripted",
      architecture: "scripted",
      parameters: 0,
      trainedContext: this.contextLength,
      endOfTurn: [],
    };
    this.cut =
      this.vocabulary.tokenize ??
      longestMatch(this.vocabulary.tokens, (id) => !this.vocabulary.isSpecial(id));
    this.sequences = Array.from({ length: this.maxSequences }, () => []);
  }

  tokenize(text: string, parseSpecial = false): Int32Array {
    if (!parseSpecial || this.options.vocabulary !== undefined) return Int32Array.from(this.cut(text));
    const found: number[] = [];
    for (const part of text.split(/(<\|(?:end|system|user|assistant)\|>)/)) {
      const control = CONTROL_TOKENS.indexOf(part as (typeof CONTROL_TOKENS)[number]);
      if (control >= 0) found.push(256 + control);
      else found.push(...this.cut(part));
    }
    return Int32Array.from(found);
  }

  renderChat(messages: readonly ChatMessage[], options?: PromptOptions): string {
    if (this.chat !== undefined) return this.chat.render(messages, options);
    return `${messages.map(({ role, content }) => `<|${role}|>${content}<|end|>`).join("")}<|assistant|>`;
  }

  encodeChat(messages: readonly ChatMessage[], options?: PromptOptions): Int32Array {
    const tokenizer: PromptTokenizer = {
      start: (text) => this.tokenize(text, true),
      inside: (text, parseSpecial) => this.tokenize(text, parseSpecial),
      spellings: new ControlSpellings(CONTROL_TOKENS),
      longestToken: this.vocabulary.tokens.reduce((most, { length }) => Math.max(most, length), 1),
    };
    const render = (marked: readonly ChatMessage[], own: PromptOptions) => this.renderChat(marked, own);
    return promptTokens(messages, render, tokenizer, this.contextLength, options);
  }

  batchClear(): void {
    this.batch = [];
    this.wanted = [];
  }

  batchAdd(token: number, position: number, sequence: number, wantLogits: boolean): number {
    if (this.batch.length >= this.batchCapacity) {
      throw new FormworkError("internal", `The batch is full at ${this.batchCapacity} tokens.`);
    }
    if (wantLogits && this.wanted.length >= this.logitRows) {
      throw new FormworkError("internal", `A batch gives at most ${this.logitRows} rows of logits.`);
    }
    if (this.vocabulary.tokens[token] === undefined || this.sequences[sequence] === undefined) {
      throw new FormworkError("internal", `There is no token ${token} or no sequence ${sequence}.`);
    }
    this.batch.push({ token, position, sequence });
    if (!wantLogits) return -1;
    return this.wanted.push({ sequence, position }) - 1;
  }

  batchSize(): number {
    return this.batch.length;
  }

  decode(): void {
    if (this.closed) throw new FormworkError("internal", "The runtime is closed.");
    this.decodedRows = 0;
    if (this.batch.length === 0) return;
    this.decodes++;
    if (this.decodes === this.options.failAt) this.fail();
    const ends = this.sequences.map((cells) => cells.length);
    for (const { position, sequence } of this.batch) {
      if (position !== ends[sequence]) {
        throw new FormworkError(
          "internal",
          `The batch is invalid: position ${position} of sequence ${sequence}, whose cells end at ${ends[sequence]}.`,
        );
      }
      if (position >= this.contextLength) {
        throw new FormworkError(
          "internal",
          `Sequence ${sequence} is longer than ${this.contextLength} positions.`,
        );
      }
      ends[sequence]++;
    }
    if (this.usedCells + this.batch.length > this.cellCapacity) {
      throw new FormworkError(
        "internal",
        `No room for ${this.batch.length} more tokens among the ${this.cellCapacity} KV cells.`,
      );
    }
    sleep((this.options.decodeMs ?? 0) + (this.options.tokenMs ?? 0) * this.batch.length);
    for (const { token, sequence } of this.batch) {
      const cells = this.sequences[sequence];
      const before = cells.at(-1)?.state ?? mix(this.options.seed ?? 1, 0x5eed);
      cells.push({ token, state: mix(before, token), sharers: 1 });
      this.usedCells++;
    }
    for (let row = 0; row < this.wanted.length; row++) this.fillRow(row);
    this.decodedRows = this.wanted.length;
  }

  logits(row: number): Float32Array {
    if (row < 0 || row >= this.decodedRows) {
      throw new FormworkError("internal", `The last batch has no logits in row ${row}.`);
    }
    return this.rows[row];
  }

  removeCells(sequence: number, from: number, to: number): void {
    const cells = this.sequences[sequence];
    const end = to < 0 ? cells.length : Math.min(to, cells.length);
    for (let position = Math.max(0, from); position < end; position++) {
      this.release(cells[position]);
      cells[position] = undefined;
    }
    while (cells.length > 0 && cells.at(-1) === undefined) cells.pop();
  }

  copyCells(source: number, target: number, from: number, to: number): void {
    if (source === target) return;
    const cells = this.sequences[source];
    const into = this.sequences[target];
    const end = to < 0 ? cells.length : Math.min(to, cells.length);
    for (let position = Math.max(0, from); position < end; position++) {
      const cell = cells[position];
      if (cell === undefined || cell === into[position]) continue;
      while (into.length < position) into.push(undefined);
      this.release(into[position]);
      into[position] = this.sharesCells ? cell : { ...cell, sharers: 1 };
      if (this.sharesCells) cell.sharers++;
      else this.usedCells++;
    }
  }

  saveCells(sequence: number, from: number, to: number): SavedCells {
    const cells = this.sequences[sequence].slice(from, to) as Cell[];
    if (cells.length !== to - from) {
      throw new FormworkError("internal", `Sequence ${sequence} has no cells [${from}, ${to}).`);
    }
    return this.copyOf(from, cells);
  }

  savePart(saved: SavedCells, from: number, to: number): SavedCells {
    const { start, cells } = saved as ScriptedCells;
    this.checkCopy(start, cells.length, from, to);
    return this.copyOf(from, cells.slice(from - start, to - start));
  }

  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void {
    const { start, cells } = saved as ScriptedCells;
    this.checkCopy(start, cells.length, from, to);
    if (this.sequences[sequence].length !== from) {
      throw new FormworkError("internal", `Sequence ${sequence} does not end where the copy begins.`);
    }
    for (const cell of cells.slice(from - start, to - start)) {
      if (this.keptPieces > 0) cell.sharers++;
      else this.usedCells++;
      this.sequences[sequence].push(this.keptPieces > 0 ? cell : { ...cell, sharers: 1 });
    }
  }

  memoryBytes(): { model: number; context: number } {
    return { model: 0, context: (this.usedCells + this.savedCopies) * 16 };
  }

  close(): void {
    this.closed = true;
    this.decodedRows = 0;
  }

  private copyOf(start: number, cells: readonly Cell[]): SavedCells {
    this.savedCopies++;
    if (this.keptPieces === 0) {
      const own = cells.map((cell) => ({ ...cell, sharers: 0 }));
      return new ScriptedCells(start, own, () => this.savedCopies--);
    }
    if (this.savedCopies > this.keptPieces) {
      throw new FormworkError("internal", `All ${this.keptPieces} kept pieces are taken.`);
    }
    for (const cell of cells) cell.sharers++;
    return new ScriptedCells(start, cells, () => {
      this.savedCopies--;
      for (const cell of cells) this.release(cell);
    });
  }

  private checkCopy(start: number, length: number, from: number, to: number): void {
    if (this.keptPieces === 0 && this.usedCells + length > this.cellCapacity) {
      throw new FormworkError("internal", `No room for ${length} saved cells.`);
    }
    if (from < start || to > start + length) {
      throw new FormworkError("internal", `The copy does not hold [${from}, ${to}).`);
    }
  }

  private release(cell: Cell | undefined): void {
    if (cell === undefined) return;
    cell.sharers--;
    if (cell.sharers === 0) this.usedCells--;
  }

  private fillRow(row: number): void {
    const { sequence, position } = this.wanted[row];
    const cells = this.sequences[sequence];
    if (this.rows[row] === undefined) this.rows[row] = new Float32Array(this.vocabulary.size);
    const logits = this.rows[row];
    let state = (cells[position] as Cell).state | 1;
    for (let id = 0; id < logits.length; id++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      logits[id] = (state / 0x80000000) * 8;
    }
    const { prefer } = this.options;
    if (prefer === undefined) return;
    const tokens = new Int32Array(position + 1);
    for (let at = 0; at <= position; at++) tokens[at] = cells[at]?.token ?? 0;
    const preferred = prefer(tokens);
    if (preferred !== undefined) logits[preferred] = 100;
  }

  private fail(): void {
    const failure = this.options.failure ?? "throw";
    if (failure === "exit") process.exit(9);
    if (failure === "hang") sleep(Number.POSITIVE_INFINITY);
    throw new FormworkError("internal", `The backend failed at decode ${this.decodes}, as configured.`);
  }
}

/** A runtime for tests that needs no model and no native code. */
export function createScriptedRuntime(options: ScriptedRuntimeOptions = {}): Runtime {
  return new ScriptedRuntime(options);
}
