/** KV cells and compute buffers: the memory of a model besides its weights. */
import { FormworkError } from "../../errors.js";
import type { ContextParams, Pointer } from "./abi.js";
import { ContextDecoder } from "./contextDecoder.js";
import type { Decoder } from "./decoder.js";
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

/** What the size of a KV cell depends on. */
export interface CellShape {
  layers: number;
  headWidth: number;
  /** Heads of keys and of values. */
  keyHeads: number;
}

/** Bytes that `cells` KV cells take; models with unusual attention take less. */
export function cellBytes({ layers, headWidth, keyHeads }: CellShape, cells: number, kvType: KvType): number {
  return cells * layers * headWidth * keyHeads * 2 * CELL_TYPES[kvType].bytes;
}

/** Of a model that the library has loaded. */
function cellShape({ call }: NativeLlama, model: Pointer): CellShape {
  return {
    layers: call.llama_model_n_layer(model),
    headWidth: call.llama_model_n_embd(model) / call.llama_model_n_head(model),
    keyHeads: call.llama_model_n_head_kv(model),
  };
}

/** `ggml_type` of cells. */
export function cellType(kvType: KvType): number {
  return CELL_TYPES[kvType].type;
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

const REMEDY = "Ask for a smaller context, fewer cells or quantised ones.";

/**
 * Throws `model_unavailable` with what to ask for instead where the memory is not there: a system that promises more
 * memory than it has would end the process later, without a word.
 */
export function checkCellMemory(cells: number, bytes: number): void {
  const available = process.availableMemory();
  if (bytes > available) {
    throw new FormworkError(
      "model_unavailable",
      `${cells} KV cells take ${megabytes(bytes)} of memory, ${megabytes(available)} are free. ${REMEDY}`,
    );
  }
}

/**
 * A context of the library for `model`, made on a thread of its own: the caller's is free meanwhile. Throws
 * `model_unavailable` where its memory is not there.
 */
export async function makeContext(
  native: NativeLlama,
  model: Pointer,
  settings: LlamaSettings,
  size: ContextSize,
): Promise<Decoder> {
  const { call } = native;
  const bytes = cellBytes(cellShape(native, model), size.cells, settings.kvType);
  if (native.gpus.length === 0) checkCellMemory(size.cells, bytes);
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
  params.type_k = cellType(settings.kvType);
  params.type_v = cellType(settings.kvType);
  // One pool of cells for all sequences: sharing a prefix then costs nothing.
  params.kv_unified = true;
  const context =
    (await native.aside("llama_init_from_model", model, params)) ?? makeHere(native, model, params, size);
  return new ContextDecoder({
    ...{ call, context, maxSequences: settings.maxSequences, keptPieces: settings.keptPieces },
    vocabularySize: call.llama_vocab_n_tokens(call.llama_model_get_vocab(model)),
    decodesAside: native.gpus.length > 0 && settings.gpuLayers !== 0,
    cellBytes: bytes,
  });
}

/** Once more, on this thread: another one cannot report why it failed. */
function makeHere(native: NativeLlama, model: Pointer, params: ContextParams, size: ContextSize): Pointer {
  const { result: context, messages } = native.listening(() =>
    native.call.llama_init_from_model(model, params),
  );
  if (context !== null) return context;
  throw new FormworkError(
    "model_unavailable",
    `The context of ${size.cells} KV cells could not be made: ${spelled(messages)}. ${REMEDY}`,
  );
}
