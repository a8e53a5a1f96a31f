import { FormworkError } from "../../errors.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import type { Accelerator, LibraryBuild } from "../builds/build.js";
import { detectThreads } from "../threads.js";
import type { VocabularyStore } from "./knownVocabulary.js";
import type { LibraryLog } from "./native.js";

export type KvType = "f32" | "f16" | "q8_0" | "q4_0";

/** How a model is split between several GPUs: not at all, by layers, by rows of each matrix, or with tensor parallelism. */
export type SplitMode = "none" | "layer" | "row" | "tensor";

export type LoadStage = "library" | "load" | "vocabulary" | "context";

export interface LlamaRuntimeOptions {
  /** The model's GGUF file. */
  path: string;
  /** The model's name for callers. Default: the file's name without extension. */
  id?: string;
  /** Number of parallel sequences. */
  maxSequences: number;
  /** Context length per sequence. Default: the training context length, at most 4096. */
  contextLength?: number;
  /**
   * KV cells shared by all sequences. Default: `contextLength` for each sequence, capped at 8192 in total or one sequence if that is
   * longer. Each cell costs memory and start-up time: 23 KB and 20 microseconds with the default model.
   */
  cellCapacity?: number;
  /** Maximum number of tokens per batch. Default 512. */
  batchCapacity?: number;
  /** Maximum number of rows of logits per batch. Default 64, or 8 per sequence if that is more. */
  logitRows?: number;
  /**
   * Number of cached prefixes kept in the cells; see `Runtime.keptPieces`. Together with the sequences at most 255. Default 0:
   * they are copied out of the cells.
   */
  keptPieces?: number;
  /** Default: the container's CPU quota, else the number of cores. */
  threads?: number;
  /**
   * Whether to use fewer threads while other work uses the cores. Default true. The number of threads can affect the rounding of long
   * sequences, so bit-exact runs turn it off.
   */
  adaptThreads?: boolean;
  /** Kind of build of the libraries. Default `auto`: the first working one of CUDA, Metal, Vulkan and CPU. */
  accelerator?: Accelerator;
  /** The build, if already chosen. */
  build?: LibraryBuild;
  /** Destination of the library's log. Default: nowhere, except for parts of errors. */
  libraryLog?: LibraryLog;
  /** Number of layers on the GPU; -1 is all. Default: all if there is a GPU, else 0. */
  gpuLayers?: number;
  /** Split between several GPUs. Default `layer`. */
  splitMode?: SplitMode;
  /** Number, counted from 0, of the GPU for everything with `none`, and for small tensors with `row`. Default 0. */
  mainGpu?: number;
  /** Relative share of each GPU. Default: by free memory. */
  tensorSplit?: readonly number[];
  /** Precision of the KV cache. Default `f16`; the quantised types halve or quarter its size at the expense of accuracy. */
  kvType?: KvType;
  /** Whether to map the file instead of reading it. Default true. */
  mmap?: boolean;
  /**
   * Folder of weights repacked for the CPU: the same weights in a layout with faster kernels (`weights/twoParts.ts`). Default: none;
   * weights are used as stored in the file.
   */
  arrangedFolder?: string;
  /** Whether to repack them even if this CPU computes the stored ones faster, for comparison. Default false. */
  arrangeAlways?: boolean;
  /** Folder of cached vocabularies (`knownVocabulary.ts`). Default: none. */
  vocabularies?: VocabularyStore;
  /** Called with the name and facts of events worth logging. */
  onNote?: (event: string, fields: Record<string, unknown>) => void;
  /** Called with the progress of loading the weights, 0 to 1. */
  onProgress?: (share: number) => void;
  /** Called when a stage starts. */
  onStage?: (stage: LoadStage) => void;
  /** Called with the vocabulary while the library allocates the KV cells in a separate thread. */
  onVocabulary?: (vocabulary: Vocabulary) => void | Promise<void>;
}

/** The options with defaults; `null` if the default depends on the model. */
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

/** Throws `wrong_usage` for invalid numbers. */
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
