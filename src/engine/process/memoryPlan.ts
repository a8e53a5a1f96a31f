import { freemem } from "node:os";
import { detectThreads, type GgufDescription, type KvType, type LibraryDevice } from "../../runtime/index.js";
import type { LoadSettings } from "../options/index.js";
import { type GpuPlan, planOnGpu } from "./gpuMemoryPlan.js";

/** The parameters for loading a model. */
export interface LoadPlan {
  contextLength: number;
  maxSequences: number;
  cellCapacity: number;
  /** Tokens of finished prompts in the prefix cache. */
  prefixTokens: number;
  /** Maximum number of cached prefixes within the cells; 0 if they are copied out of the cells. */
  keptPieces: number;
  batchCapacity: number;
  /** Prompt tokens per step while others decode. Default: by their cost. */
  prefillChunk?: number;
  /** Maximum tokens per step with drafts; 0: no drafts. */
  draftTokens: number;
  /** Number of layers on the GPU; -1 for all. */
  gpuLayers: number;
  threads: number;
  /** Size of a KV cell and free memory in bytes, for the log. */
  cellBytes: number;
  freeBytes: number;
}

/** Resources for a plan. */
export interface Memory {
  /** Memory available to this process in bytes. */
  freeBytes: number;
  /** The GPUs of the chosen build; none for a CPU. */
  devices: readonly LibraryDevice[];
}

/** Default context length per request. */
const DEFAULT_CONTEXT = 8192;
const DEFAULT_SEQUENCES = 16;
/** Cells added per sequence beyond the first: most requests are far shorter than the context. */
const TYPICAL_LENGTH = 256;
/** Maximum tokens of finished prompts in the prefix cache, memory permitting. */
const PREFIX_TOKENS = 4096;

/**
 * On a CPU, llama.cpp computes batches of fewer than 64 tokens row by row, so a sequence's logits are bit-identical whatever else is in
 * the batch. Larger batches process a prompt about an eighth faster, but with kernels that round differently, and in longer steps.
 */
const EXACT_BATCH = 56;

/** Bytes per element, by type in llama.cpp (quantised ones in blocks of 32 with a scale). */
const ELEMENT_BYTES: Record<KvType, number> = { f32: 4, f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };

/**
 * Plans context, sequences, cells, batch and threads from the settings, the model's header and the free memory of the GPUs, or of the
 * machine or container. Cells are shared: not all sequences are long at the same time, and those that do not fit are preempted and
 * continue later.
 */
export function planLoad(
  settings: LoadSettings,
  model: GgufDescription,
  memory: Memory = { freeBytes: freeMemory(), devices: [] },
): LoadPlan {
  const trained = model.trainedContext > 0 ? model.trainedContext : DEFAULT_CONTEXT;
  const contextLength = Math.min(settings.contextLength ?? DEFAULT_CONTEXT, trained);
  const cellBytes = bytesOfCell(model, settings.kvType ?? "f16");
  const onGpu = planOnGpu(settings, model, memory, { contextLength, cellBytes });
  const sizes = onGpu ?? planOnProcessor(settings, model, memory.freeBytes, { contextLength, cellBytes });
  return {
    contextLength,
    ...sizes,
    batchCapacity: Math.max(sizes.batchCapacity, sizes.maxSequences),
    threads: settings.threads ?? detectThreads(),
    cellBytes,
    freeBytes: memory.freeBytes,
  };
}

function planOnProcessor(
  settings: LoadSettings,
  model: GgufDescription,
  freeBytes: number,
  { contextLength, cellBytes }: { contextLength: number; cellBytes: number },
): GpuPlan {
  // Half of what the weights leave: activations, masks and other programs need memory, too.
  const affordable = Math.floor(Math.max(freeBytes - model.fileBytes, 0) / 2 / Math.max(cellBytes, 1));
  const wanted = settings.maxSequences ?? DEFAULT_SEQUENCES;
  const prefixTokens = settings.prefixCache ? Math.min(PREFIX_TOKENS, Math.floor(affordable / 4)) : 0;
  const spare = Math.floor((affordable - contextLength - prefixTokens) / TYPICAL_LENGTH);
  const maxSequences = settings.maxSequences ?? Math.min(Math.max(1 + spare, 1), wanted);
  return {
    maxSequences,
    cellCapacity: contextLength + (maxSequences - 1) * Math.min(TYPICAL_LENGTH, contextLength),
    prefixTokens,
    keptPieces: 0,
    batchCapacity: settings.batchCapacity ?? EXACT_BATCH,
    ...(settings.prefillChunk === undefined ? {} : { prefillChunk: settings.prefillChunk }),
    // Two tokens take nearly twice as long as one.
    draftTokens: settings.draftTokens ?? 0,
    gpuLayers: 0,
  };
}

function bytesOfCell(model: GgufDescription, kvType: KvType): number {
  const { scalars, arrays } = model.header;
  const number = (key: string) => Number(scalars.get(`${model.architecture}.${key}`) ?? 0);
  const layers = number("block_count");
  const heads = number("attention.head_count");
  const headLength = heads > 0 ? number("embedding_length") / heads : 0;
  const keyLength = number("attention.key_length") || headLength;
  const valueLength = number("attention.value_length") || headLength;
  const perLayer = arrays.get(`${model.architecture}.attention.head_count_kv`);
  const allHeads =
    perLayer instanceof Float64Array
      ? perLayer.reduce((sum, count) => sum + count, 0)
      : layers * (number("attention.head_count_kv") || heads);
  return Math.ceil(allHeads * (keyLength + valueLength) * ELEMENT_BYTES[kvType]);
}

/** Memory available to this process in bytes: the machine's free memory, or the container's limit if lower. */
export function freeMemory(): number {
  const available = process.availableMemory?.() ?? freemem();
  return available > 0 ? available : freemem();
}
