/** KV cells and compute buffers: the memory of a model besides its weights. */
import { FormworkError } from "../../errors.js";
import type { Pointer } from "./abi.js";
import { spelled } from "./model.js";
import type { NativeLlama } from "./native.js";
import type { KvType, LlamaSettings } from "./options.js";

/** `ggml_type` of each kind of cell, and the bytes per number. */
const CELL_TYPES: Record<KvType, { type: number; bytes: number }> = {
  f32: { type: 0, bytes: 4 },
  f16: { type: 1, bytes: 2 },
  q4_0: { type: 2, bytes: 18 / 32 },
  q8_0: { type: 8, bytes: 34 / 32 },
};

/** The library rounds the number of cells up to a multiple of this. */
const CELL_STEP = 256;
const DEFAULT_CONTEXT = 4096;
const DEFAULT_CELLS = 8192;

export interface ContextSize {
  /** Context length per sequence. */
  contextLength: number;
  /** Number of cells shared by all sequences. */
  cells: number;
}

/** Throws `model_unavailable` for more than the training context length. */
export function contextSize(settings: LlamaSettings, trainedContext: number): ContextSize {
  const contextLength = settings.contextLength ?? Math.min(trainedContext, DEFAULT_CONTEXT);
  if (contextLength > trainedContext) {
    throw new FormworkError(
      "model_unavailable",
      `A context of ${contextLength} positions is too large: the model was trained on ${trainedContext}.`,
    );
  }
  const wanted = settings.cellCapacity ?? Math.min(contextLength * settings.maxSequences, DEFAULT_CELLS);
  return { contextLength, cells: Math.ceil(Math.max(contextLength, wanted) / CELL_STEP) * CELL_STEP };
}

/** Size of `cells` KV cells in bytes, by the model's shape; models with unusual attention need less. */
export function cellBytes({ call }: NativeLlama, model: Pointer, cells: number, kvType: KvType): number {
  const headWidth = call.llama_model_n_embd(model) / call.llama_model_n_head(model);
  const width = headWidth * call.llama_model_n_head_kv(model) * 2;
  return cells * call.llama_model_n_layer(model) * width * CELL_TYPES[kvType].bytes;
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * Creates the context in a separate thread, without blocking the caller. Throws `model_unavailable` with an alternative if there is
 * not enough memory: a system that overcommits memory would otherwise kill the process later, without a message.
 */
export async function makeContext(
  native: NativeLlama,
  model: Pointer,
  settings: LlamaSettings,
  size: ContextSize,
): Promise<Pointer> {
  const { call } = native;
  const remedy = "Ask for a smaller context, fewer cells or quantised ones.";
  const needed = cellBytes(native, model, size.cells, settings.kvType);
  const available = process.availableMemory();
  if (native.gpus.length === 0 && needed > available) {
    throw new FormworkError(
      "model_unavailable",
      `${size.cells} KV cells take ${megabytes(needed)} of memory, ${megabytes(available)} are free. ${remedy}`,
    );
  }
  const params = call.llama_context_default_params();
  params.n_ctx = size.cells;
  params.n_batch = settings.batchCapacity;
  params.n_ubatch = Math.min(settings.batchCapacity, 512);
  // One more than offered: copies of cells are made through the additional sequence.
  params.n_seq_max = settings.maxSequences + 1 + settings.keptPieces;
  // The library aborts if a batch requests more rows than this, and sizes its buffers by it.
  params.n_outputs_max = Math.max(settings.logitRows, params.n_seq_max);
  params.n_outputs_max_per_seq = 0;
  params.n_threads = settings.threads;
  params.n_threads_batch = settings.threads;
  params.type_k = CELL_TYPES[settings.kvType].type;
  params.type_v = CELL_TYPES[settings.kvType].type;
  // One pool of cells for all sequences, so that sharing a prefix is free.
  params.kv_unified = true;
  const made = await native.aside("llama_init_from_model", model, params);
  if (made !== null) return made;
  // The other thread cannot report why it failed, so retry in this one.
  const { result: context, messages } = native.listening(() => call.llama_init_from_model(model, params));
  if (context === null) {
    throw new FormworkError(
      "model_unavailable",
      `The context of ${size.cells} KV cells could not be made: ${spelled(messages)}. ${remedy}`,
    );
  }
  return context;
}
