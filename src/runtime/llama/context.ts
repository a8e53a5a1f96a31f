/** KV cells and compute buffers: what a model needs besides its weights. */
import { FormworkError } from "../../errors.js";
import type { Pointer } from "./abi.js";
import { spelled } from "./model.js";
import type { NativeLlama } from "./native.js";
import type { KvType, LlamaSettings } from "./options.js";

/** `ggml_type` of each kind of cell, and the bytes that a number takes in it. */
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
  /** Positions a sequence may hold. */
  contextLength: number;
  /** Cells that all sequences share. */
  cells: number;
}

/** Throws `model_unavailable` where more is asked for than the model was trained on. */
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

/** Bytes that `cells` KV cells take, by the model's shape; models with unusual attention take less. */
export function cellBytes({ call }: NativeLlama, model: Pointer, cells: number, kvType: KvType): number {
  const headWidth = call.llama_model_n_embd(model) / call.llama_model_n_head(model);
  const width = headWidth * call.llama_model_n_head_kv(model) * 2;
  return cells * call.llama_model_n_layer(model) * width * CELL_TYPES[kvType].bytes;
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * Makes the context, on a thread of its own: the caller's is free meanwhile. Throws `model_unavailable` with what to
 * ask for instead where its memory is not there: a system that promises more memory than it has would end the process
 * later, without a word.
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
  // One more than is offered: what is copied out of the cells or into them passes through it.
  params.n_seq_max = settings.maxSequences + 1 + settings.keptPieces;
  // The library aborts where a batch asks for more rows than this, and plans its buffers by it.
  params.n_outputs_max = Math.max(settings.logitRows, params.n_seq_max);
  params.n_outputs_max_per_seq = 0;
  params.n_threads = settings.threads;
  params.n_threads_batch = settings.threads;
  params.type_k = CELL_TYPES[settings.kvType].type;
  params.type_v = CELL_TYPES[settings.kvType].type;
  // One pool of cells for all sequences: sharing a prefix then costs nothing.
  params.kv_unified = true;
  const made = await native.aside("llama_init_from_model", model, params);
  if (made !== null) return made;
  // Another thread cannot report why it failed. Once more, on this one.
  const { result: context, messages } = native.listening(() => call.llama_init_from_model(model, params));
  if (context === null) {
    throw new FormworkError(
      "model_unavailable",
      `The context of ${size.cells} KV cells could not be made: ${spelled(messages)}. ${remedy}`,
    );
  }
  return context;
}
