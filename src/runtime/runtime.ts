import type { ChatMessage, Tool } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";

/** Threads of this process that work beside the model. */
export interface OtherThreads {
  /** Milliseconds of the processor that they have used so far. */
  cpuMs(): number;
  /** How many are at work now. */
  busy(): number;
}

/**
 * A model that turns batches of tokens into logits. It knows nothing of schemas, requests or sampling.
 *
 * A runtime holds up to `maxSequences` sequences side by side, each a row of KV cells. Every call is
 * synchronous: a runtime belongs to one thread, and that thread does nothing else.
 */
export interface Runtime {
  readonly model: ModelDescription;
  readonly vocabulary: Vocabulary;
  /** Positions a sequence may hold. */
  readonly contextLength: number;
  /** Sequences that may be alive at once; ids are 0 ... maxSequences - 1. */
  readonly maxSequences: number;
  /** Tokens a batch may hold, all sequences together. */
  readonly batchCapacity: number;
  /** Rows of logits that one batch may ask for. */
  readonly logitRows: number;
  /** KV cells shared by all sequences: the sum of their lengths may not pass it. */
  readonly cellCapacity: number;
  /**
   * How many copies there may be at once of those that `saveCells` and `savePart` make, where they are further holders of
   * the same cells, as on a GPU; they then cost nothing to make, and the cells are taken until all are freed. 0: copies lie
   * outside of the cells, and there may be any number.
   */
  readonly keptPieces: number;

  /** Whether `decode` returns while a GPU still computes, which `logits` then waits for. */
  readonly decodesAside: boolean;

  /** Text to tokens by the model's own tokenizer. `parseSpecial`: spell control tokens out as such. */
  tokenize(text: string, parseSpecial?: boolean): Int32Array;
  /** Messages to the model's prompt, by the chat template in the model file, with the opening of the answer. */
  renderChat(messages: readonly ChatMessage[], options?: PromptOptions): string;
  /**
   * The tokens of that prompt. A control token spelled out in a message is text, not a control token. Throws
   * `prompt_too_long` once it is certain that they are more than the context holds.
   */
  encodeChat(messages: readonly ChatMessage[], options?: PromptOptions): Int32Array;
  /** The chat template itself, where the model has one: what it knows can be read off it. */
  readonly chatTemplate: string;

  /** Empties the batch. */
  batchClear(): void;
  /**
   * Appends one token at `position` of `sequence`. With `wantLogits` the logits after it can be read by
   * the returned row index once `decode` has run; otherwise the answer is -1.
   */
  batchAdd(token: number, position: number, sequence: number, wantLogits: boolean): number;
  /** Tokens in the batch. */
  batchSize(): number;
  /** Names other threads of this process that want the same processors. A runtime that chooses its number of threads asks them. */
  shareProcessors?(others: OtherThreads): void;
  /** Runs the batch, or begins to (`decodesAside`). Throws `FormworkError("internal")` when the backend fails. */
  decode(): void;
  /** Logits of row `row` of the last batch, one a token. A view that the next `decode` overwrites. */
  logits(row: number): Float32Array;

  /** Forgets the cells of `sequence` at positions [from, to); `to` = -1 is the end. */
  removeCells(sequence: number, from: number, to: number): void;
  /** Makes `target` share the cells of `source` at positions [from, to). */
  copyCells(source: number, target: number, from: number, to: number): void;
  /** A copy of what `sequence` holds at positions [from, to), which stays as it is. */
  saveCells(sequence: number, from: number, to: number): SavedCells;
  /** The same of a part of a copy, which itself stays as it is. A copy outside of the cells needs free ones meanwhile, for all of it. */
  savePart(saved: SavedCells, from: number, to: number): SavedCells;
  /**
   * Gives `sequence` the cells of positions [from, to) from a copy that holds them. A copy outside of the cells needs free
   * ones meanwhile, for all of it.
   */
  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void;

  /** Bytes the process holds for weights and KV cells, as far as the runtime knows. */
  memoryBytes(): { model: number; context: number };
  close(): void;
}

/** What a prompt holds besides the messages. */
export interface PromptOptions {
  /** For templates that know tools; others leave them out. */
  tools?: readonly Tool[];
  /** For templates that know it: the model may think before it answers. Default false. */
  thinking?: boolean;
  /** For templates that know it: how much. */
  effort?: string;
  /** The last message is the assistant's: the answer continues its text. */
  continueAssistant?: boolean;
  /** Behind the opening of the answer. */
  suffix?: string;
  /** False leaves the opening of the answer out: for a look at how a whole conversation is written. Default true. */
  openAnswer?: boolean;
}

/** Cells that were copied out of a runtime; they may go back into the same runtime only. */
export interface SavedCells {
  /** Frees the memory. The copy cannot be used afterwards. */
  free(): void;
}

export interface ModelDescription {
  /** The name callers use. */
  id: string;
  architecture: string;
  parameters: number;
  /** Positions the model was trained on. */
  trainedContext: number;
  /** Ids that end a turn, besides the vocabulary's `eos`. */
  endOfTurn: readonly number[];
}
