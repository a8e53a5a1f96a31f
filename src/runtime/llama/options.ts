import { FormworkError } from "../../errors.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import type { Accelerator, LibraryBuild } from "../builds/build.js";
import { detectThreads } from "../threads.js";
import type { VocabularyStore } from "./knownVocabulary.js";
import type { LibraryLog } from "./native.js";

export type KvType = "f32" | "f16" | "q8_0" | "q4_0";

/** How a model is divided between several GPUs: not at all, whole layers, rows of each matrix, or whole tensors in parallel. */
export type SplitMode = "none" | "layer" | "row" | "tensor";

export type LoadStage = "library" | "load" | "vocabulary" | "context";

export interface LlamaRuntimeOptions {
  /** The model's GGUF file. */
  path: string;
  /** The name callers use. Default: the file's name without its ending. */
  id?: string;
  /** Sequences side by side. */
  maxSequences: number;
  /** Positions a sequence may hold. Default: what the model was trained on, at most 4096. */
  contextLength?: number;
  /**
   * KV cells that all sequences share. Default: `contextLength` for each of them, at most 8192 in all where
   * that holds one. Each costs memory and time at start: 23 KB and 20 microseconds with the default model.
   */
  cellCapacity?: number;
  /** Tokens in a batch. Default 512. */
  batchCapacity?: number;
  /** Rows of logits that one batch may ask for. Default 64, or 8 a sequence where that is more. */
  logitRows?: number;
  /**
   * Pieces of prompts that are kept among the cells; see `Runtime.keptPieces`. With the sequences at most 255. Default 0:
   * they are copied out.
   */
  keptPieces?: number;
  /** Default: the CPU quota of the container, else the cores. */
  threads?: number;
  /**
   * Use fewer threads while other work takes their cores. Default true. The number of threads can change the
   * rounding of long sequences, so runs that must agree to the last bit turn it off.
   */
  adaptThreads?: boolean;
  /** Which kind of build of the libraries to choose. Default `auto`: CUDA, Metal, Vulkan, CPU, whichever works. */
  accelerator?: Accelerator;
  /** The build itself, where it has been chosen before. */
  build?: LibraryBuild;
  /** Where what the library logs goes. Default: nowhere, but for what becomes part of an error. */
  libraryLog?: LibraryLog;
  /** Layers kept on the GPU; -1 is all. Default: all where there is a GPU, else 0. */
  gpuLayers?: number;
  /** Between several GPUs. Default `layer`. */
  splitMode?: SplitMode;
  /** The GPU that holds all with `none`, and small tensors with `row`; counted from 0. Default 0. */
  mainGpu?: number;
  /** The share of each GPU, in any unit. Default: by their free memory. */
  tensorSplit?: readonly number[];
  /** How KV cells are stored. Default `f16`; the quantised ones halve and quarter the memory at some accuracy. */
  kvType?: KvType;
  /** Map the file instead of reading it. Default true. */
  mmap?: boolean;
  /**
   * Where weights are kept that were arranged for the processor: the same weights, in a form for which it has faster
   * kernels (`weights/twoParts.ts`). Default: none, and weights are computed as the file has them.
   */
  arrangedFolder?: string;
  /** Arrange them even where this processor computes those of the file faster, to compare. Default false. */
  arrangeAlways?: boolean;
  /** Where vocabularies are kept from one load to the next (`knownVocabulary.ts`). Default: nowhere. */
  vocabularies?: VocabularyStore;
  /** Called with an event's name and its facts for what is worth a line in a log. */
  onNote?: (event: string, fields: Record<string, unknown>) => void;
  /** Share of the weights that is loaded, 0 ... 1. */
  onProgress?: (share: number) => void;
  /** Called as each stage begins. */
  onStage?: (stage: LoadStage) => void;
  /** Called with the vocabulary while the library makes room for the KV cells on a thread of its own. */
  onVocabulary?: (vocabulary: Vocabulary) => void | Promise<void>;
}

/** The options with every default filled in; `null` where the model decides. */
export interface LlamaSettings {
  path: string;
  id: string | null;
  maxSequences: number;
  contextLength: number | null;
  cellCapacity: number | null;
  batchCapacity: number;
  logitRows: number;
  keptPieces: number;
  threads: number;
  adaptThreads: boolean;
  accelerator: Accelerator;
  build: LibraryBuild | null;
  libraryLog: LibraryLog;
  gpuLayers: number | null;
  splitMode: SplitMode;
  mainGpu: number;
  tensorSplit: readonly number[] | null;
  kvType: KvType;
  mmap: boolean;
  arrangedFolder: string | null;
  arrangeAlways: boolean;
  vocabularies: VocabularyStore | null;
  onNote: (event: string, fields: Record<string, unknown>) => void;
  onProgress: ((share: number) => void) | null;
  onStage: (stage: LoadStage) => void;
  onVocabulary: (vocabulary: Vocabulary) => void | Promise<void>;
}

function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new FormworkError("wrong_usage", `${name} must be a whole number of at least 1, not ${value}.`);
  }
  return value;
}

/** Throws `wrong_usage` for numbers that make no sense. */
export function llamaSettings(options: LlamaRuntimeOptions): LlamaSettings {
  const maxSequences = positive("maxSequences", options.maxSequences);
  const batchCapacity = positive("batchCapacity", options.batchCapacity ?? 512);
  const logitRows = positive("logitRows", options.logitRows ?? Math.max(64, 8 * maxSequences));
  return {
    path: options.path,
    id: options.id ?? null,
    maxSequences,
    contextLength:
      options.contextLength === undefined ? null : positive("contextLength", options.contextLength),
    cellCapacity: options.cellCapacity === undefined ? null : positive("cellCapacity", options.cellCapacity),
    batchCapacity,
    logitRows: Math.min(batchCapacity, logitRows),
    keptPieces: options.keptPieces ?? 0,
    threads: positive("threads", options.threads ?? detectThreads()),
    adaptThreads: options.adaptThreads ?? true,
    accelerator: options.accelerator ?? "auto",
    build: options.build ?? null,
    libraryLog: options.libraryLog ?? "silent",
    gpuLayers: options.gpuLayers ?? null,
    splitMode: options.splitMode ?? "layer",
    mainGpu: options.mainGpu ?? 0,
    tensorSplit: options.tensorSplit ?? null,
    kvType: options.kvType ?? "f16",
    mmap: options.mmap ?? true,
    arrangedFolder: options.arrangedFolder ?? null,
    arrangeAlways: options.arrangeAlways ?? false,
    vocabularies: options.vocabularies ?? null,
    onNote: options.onNote ?? (() => undefined),
    onProgress: options.onProgress ?? null,
    onStage: options.onStage ?? (() => undefined),
    onVocabulary: options.onVocabulary ?? (() => undefined),
  };
}
