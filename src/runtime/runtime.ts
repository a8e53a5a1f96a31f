import type { ChatMessage, Tool } from "../types.js";
import type { Vocabulary } from "../vocabulary/index.js";

/** Other threads of this process. */
export interface OtherThreads {
  /** Their CPU time so far, in milliseconds. */
  cpuMs(): number;
  /** How many are currently busy. */
  busy(): number;
}

/**
 * A model that turns batches of tokens into logits, independent of schemas, requests and sampling.
 *
 * A runtime has up to `maxSequences` parallel sequences, each with its KV cells. All calls are synchronous: a runtime belongs to one
 * thread that does nothing else.
 */
export interface Runtime {
  readonly model: ModelDescription;
  readonly vocabulary: Vocabulary;
  /** Context length per sequence. */
  readonly contextLength: number;
  /** Maximum number of sequences; ids are 0 to maxSequences - 1. */
  readonly maxSequences: number;
  /** Maximum number of tokens per batch, over all sequences. */
  readonly batchCapacity: number;
  /** Maximum number of rows of logits per batch. */
  readonly logitRows: number;
  /** KV cells shared by all sequences: the maximum total of their lengths. */
  readonly cellCapacity: number;
  /**
   * Maximum number of copies made by `saveCells` and `savePart` if they are additional references to the same cells, as on a GPU: making
   * them is free, and the cells are in use until all copies are freed. 0: copies are stored outside of the cells, in any
   * number.
   */
  readonly keptPieces: number;
  /** Whether `copyCells` adds references to the same cells. Otherwise it fills free cells, as many as it copies positions. */
  readonly sharesCells: boolean;

  /** Whether `decode` may return while a GPU is computing; `logits` then waits for it. */
  readonly decodesAside: boolean;

  /** Tokenizes text with the model's tokenizer. `parseSpecial`: recognise control tokens in the text. */
  tokenize(text: string, parseSpecial?: boolean): Int32Array;
  /** Renders messages to a prompt with the model file's chat template, including the opening of the answer. */
  renderChat(messages: readonly ChatMessage[], options?: PromptOptions): string;
  /**
   * The tokens of that prompt. A control token spelled out in a message remains text. Throws `prompt_too_long` as soon as it is certain
   * that there are more tokens than the context length.
   */
  encodeChat(messages: readonly ChatMessage[], options?: PromptOptions): Int32Array;
  /** The chat template, if the model has one, for detecting its features. */
  readonly chatTemplate: string;

  /** Empties the batch. */
  batchClear(): void;
  /**
   * Appends one token at `position` of `sequence`. With `wantLogits`, returns the row index for reading the logits after `decode`;
   * otherwise -1.
   */
  batchAdd(token: number, position: number, sequence: number, wantLogits: boolean): number;
  /** Number of tokens in the batch. */
  batchSize(): number;
  /** Sets the other threads of this process, which a runtime takes into account when it chooses its number of threads. */
  shareProcessors?(others: OtherThreads): void;
  /** Runs the batch, or starts it (`decodesAside`). Throws `FormworkError("internal")` if the backend fails. */
  decode(): void;
  /** Logits of row `row` of the last batch, one per token of the vocabulary. A view, overwritten by the next `decode`. */
  logits(row: number): Float32Array;

  /** Removes the cells of `sequence` at positions [from, to); `to` = -1 is the end. */
  removeCells(sequence: number, from: number, to: number): void;
  /** Gives `target` the cells of `source` at positions [from, to), or copies of them (`sharesCells`). */
  copyCells(source: number, target: number, from: number, to: number): void;
  /** Copies the cells of `sequence` at positions [from, to), which remain unchanged. */
  saveCells(sequence: number, from: number, to: number): SavedCells;
  /** Copies a part of a copy, which remains unchanged. For a copy outside of the cells, this temporarily needs free cells for all of it. */
  savePart(saved: SavedCells, from: number, to: number): SavedCells;
  /**
   * Restores the cells of positions [from, to) from a copy to `sequence`. For a copy outside of the cells, this temporarily needs free
   * cells for all of it.
   */
  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void;

  /** Memory of weights and KV cells in bytes, as far as known. */
  memoryBytes(): { model: number; context: number };
  close(): void;
}

/** Content of a prompt besides the messages. */
export interface PromptOptions {
  /** For templates that support tools; others ignore them. */
  tools?: readonly Tool[];
  /** For templates that support it: whether the model may reason before it answers. Default false. */
  thinking?: boolean;
  /** For templates that support it: the reasoning effort. */
  effort?: string;
  /** Whether the last message is the assistant's and the answer continues it. */
  continueAssistant?: boolean;
  /** Has the prompt open reasoning exactly if `thinking`, whatever the template does. */
  reasoning?: PromptReasoning;
  /** Text after the opening of the answer. */
  suffix?: string;
  /** Whether to open the answer; false renders a finished conversation. Default true. */
  openAnswer?: boolean;
}

/** How a prompt opens reasoning. Templates decide that by the last message, and some cannot be asked not to. */
export interface PromptReasoning {
  /** What a prompt with open reasoning ends with, white space apart. */
  tag: string;
  /** Opens reasoning; empty if the model does that itself. */
  open: string;
  close: string;
}

/** Cells copied from a runtime; can only be restored to the same runtime. */
export interface SavedCells {
  /** Frees the memory. The copy is then unusable. */
  free(): void;
}

export interface ModelDescription {
  /** The name callers use. */
  id: string;
  architecture: string;
  parameters: number;
  /** Training context length. */
  trainedContext: number;
  /** Ids that end a turn, in addition to the vocabulary's `eos`. */
  endOfTurn: readonly number[];
}
