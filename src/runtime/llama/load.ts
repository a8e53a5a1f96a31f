import { statSync } from "node:fs";
import { basename } from "node:path";
import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import type { Runtime } from "../runtime.js";
import { detectThreads } from "../threads.js";
import { type Pointer, progressCallbackType } from "./abi.js";
import { type Accelerator, findBuilds } from "./libraries.js";
import { LlamaRuntime } from "./llamaRuntime.js";
import { type NativeLlama, nativeLlama } from "./native.js";
import { readVocabulary } from "./vocabulary.js";

export type KvType = "f16" | "q8_0" | "q4_0" | "f32";

export interface LlamaRuntimeOptions {
  /** The model's GGUF file. */
  path: string;
  /** The name callers use. Default: the file's name without its ending. */
  id?: string;
  /** Sequences side by side. */
  maxSequences: number;
  /** Positions a sequence may hold. Default: what the model was trained on, at most 4096. */
  contextLength?: number;
  /** KV cells that all sequences share. Default: `contextLength` for each of them, at most 8192 in all where that holds one. */
  cellCapacity?: number;
  /** Tokens in a batch. Default 512. */
  batchCapacity?: number;
  /** Rows of logits that one batch may ask for. Default 64, or 8 a sequence where that is more. */
  logitRows?: number;
  /** Default: the CPU quota of the container, else the cores. */
  threads?: number;
  /** Which build of the libraries. Default `auto`: CUDA, Metal, Vulkan, CPU, as installed. */
  accelerator?: Accelerator;
  /** Layers kept on the GPU; -1 is all. Default: all where there is a GPU, else 0. */
  gpuLayers?: number;
  /** How KV cells are stored. Default `f16`; the quantised ones halve and quarter the memory at some accuracy. */
  kvType?: KvType;
  /** Map the file instead of reading it. Default true. */
  mmap?: boolean;
  /** Share of the weights that is loaded, 0 ... 1. */
  onProgress?: (share: number) => void;
  /** `library`, `load`, `vocabulary`, `context`: called as each begins. */
  onStage?: (stage: LoadStage) => void;
}

export type LoadStage = "library" | "load" | "vocabulary" | "context";

const GGML_TYPES: Record<KvType, number> = { f32: 0, f16: 1, q4_0: 2, q8_0: 8 };
const LOAD_MODE_NONE = 0;
const LOAD_MODE_MMAP = 1;
const CELL_STEP = 256;

function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new FormworkError("wrong_usage", `${name} must be a whole number of at least 1, not ${value}.`);
  }
  return value;
}

/** Everything that went wrong, as one sentence or two; the library's own prefixes say nothing to a reader. */
function spelled(messages: readonly string[]): string {
  const lines = messages.map((message) => message.replace(/^[\w:~]+: (?=\S)/, "").replace(/\s+/g, " "));
  return [...new Set(lines)].slice(-4).join("; ");
}

async function openLibraries(accelerator: Accelerator): Promise<NativeLlama> {
  const builds = await findBuilds(accelerator);
  let last: unknown;
  for (const build of builds) {
    try {
      const native = nativeLlama(build);
      // A GPU build on a machine without that GPU is slower than the plain one, if there is one.
      const useful = build.accelerator === "cpu" || native.gpus.length > 0 || build === builds.at(-1);
      if (useful) return native;
      last = new FormworkError("model_unavailable", `${build.packageName} finds no GPU here.`);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/**
 * Loads a model into this thread: libraries, weights, vocabulary, KV cells. The calls into the library block.
 * Throws `model_unavailable` with what to do where the libraries, the file or the memory are at fault.
 */
export async function loadLlamaRuntime(options: LlamaRuntimeOptions): Promise<Runtime> {
  const maxSequences = positiveInteger("maxSequences", options.maxSequences);
  const batchCapacity = positiveInteger("batchCapacity", options.batchCapacity ?? 512);
  const threads = positiveInteger("threads", options.threads ?? detectThreads());
  const logitRows = Math.min(
    batchCapacity,
    positiveInteger("logitRows", options.logitRows ?? Math.max(64, 8 * maxSequences)),
  );
  if (statSync(options.path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new FormworkError("model_unavailable", `There is no model file at ${options.path}.`);
  }

  options.onStage?.("library");
  const native = await openLibraries(options.accelerator ?? "auto");
  const { call } = native;

  options.onStage?.("load");
  const model = loadModel(native, options);
  let context: Pointer = null;
  try {
    const trainedContext = call.llama_model_n_ctx_train(model);
    const contextLength = positiveInteger(
      "contextLength",
      options.contextLength ?? Math.min(trainedContext, 4096),
    );
    if (contextLength > trainedContext) {
      throw new FormworkError(
        "model_unavailable",
        `The model was trained on ${trainedContext} positions; a context of ${contextLength} is too large for it.`,
      );
    }
    options.onStage?.("vocabulary");
    const words = readVocabulary(call, model);

    options.onStage?.("context");
    const cells = Math.max(
      contextLength,
      options.cellCapacity ?? Math.min(contextLength * maxSequences, 8192),
    );
    const contextParams = call.llama_context_default_params();
    contextParams.n_ctx = Math.ceil(cells / CELL_STEP) * CELL_STEP;
    contextParams.n_batch = batchCapacity;
    contextParams.n_ubatch = Math.min(batchCapacity, 512);
    contextParams.n_seq_max = maxSequences;
    contextParams.n_outputs_max = Math.max(logitRows, maxSequences);
    contextParams.n_outputs_max_per_seq = 0;
    contextParams.n_threads = threads;
    contextParams.n_threads_batch = threads;
    contextParams.type_k = GGML_TYPES[options.kvType ?? "f16"];
    contextParams.type_v = GGML_TYPES[options.kvType ?? "f16"];
    contextParams.kv_unified = true;
    const before = process.memoryUsage.rss();
    const made = native.listening(() => call.llama_init_from_model(model, contextParams));
    context = made.result;
    if (context === null) {
      throw new FormworkError(
        "model_unavailable",
        `The context of ${contextParams.n_ctx} KV cells could not be made: ${spelled(made.messages)}. ` +
          "Ask for a smaller context, fewer sequences or quantised KV cells.",
      );
    }
    return new LlamaRuntime({
      call,
      model,
      context,
      description: {
        id: options.id ?? basename(options.path).replace(/\.gguf$/i, ""),
        architecture: metadata(native, model, "general.architecture"),
        parameters: Number(call.llama_model_n_params(model)),
        trainedContext,
        endOfTurn: words.endOfTurn,
      },
      vocabulary: words.vocabulary,
      tokenize: words.tokenize,
      renderChat: words.chat.render,
      contextLength,
      maxSequences,
      batchCapacity: call.llama_n_batch(context),
      cellCapacity: call.llama_n_ctx(context),
      logitRows,
      bytes: {
        model: Number(call.llama_model_size(model)),
        context: Math.max(0, process.memoryUsage.rss() - before),
      },
    });
  } catch (error) {
    if (context !== null) call.llama_free(context);
    call.llama_model_free(model);
    throw error;
  }
}

function loadModel(native: NativeLlama, options: LlamaRuntimeOptions): Pointer {
  const { call } = native;
  const params = call.llama_model_default_params();
  params.n_gpu_layers = options.gpuLayers ?? (native.gpus.length > 0 ? -1 : 0);
  params.load_mode = (options.mmap ?? true) ? LOAD_MODE_MMAP : LOAD_MODE_NONE;
  const { onProgress } = options;
  const progress =
    onProgress === undefined
      ? null
      : koffi.register((share: number) => {
          onProgress(share);
          return true;
        }, koffi.pointer(progressCallbackType));
  params.progress_callback = progress;
  let loaded: { result: Pointer; messages: string[] };
  try {
    loaded = native.listening(() => call.llama_model_load_from_file(options.path, params));
  } finally {
    if (progress !== null) koffi.unregister(progress);
  }
  const model = loaded.result;
  if (model === null) {
    throw new FormworkError(
      "model_unavailable",
      `The model file ${options.path} could not be loaded: ${spelled(loaded.messages)}.`,
    );
  }
  const unfit = call.llama_model_has_encoder(model)
    ? "an encoder model"
    : call.llama_model_is_recurrent(model) || call.llama_model_is_hybrid(model)
      ? "a recurrent model, whose state cannot be rolled back"
      : call.llama_model_is_diffusion(model)
        ? "a diffusion model"
        : null;
  if (unfit !== null) {
    call.llama_model_free(model);
    throw new FormworkError(
      "model_unavailable",
      `${options.path} is ${unfit}; the engine needs a decoder-only transformer.`,
    );
  }
  return model;
}

function metadata(native: NativeLlama, model: Pointer, key: string): string {
  const buffer = new Uint8Array(256);
  const length = native.call.llama_model_meta_val_str(model, key, buffer, buffer.length);
  return length < 0
    ? ""
    : Buffer.from(buffer.subarray(0, Math.min(length, buffer.length - 1))).toString("utf8");
}
