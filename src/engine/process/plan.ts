import { freemem } from "node:os";
import { detectThreads, type GgufDescription, type KvType, type LibraryDevice } from "../../runtime/index.js";
import type { LoadSettings } from "../options/index.js";
import { type GpuPlan, planOnGpu } from "./planGpu.js";

/** How a model is loaded: every number decided. */
export interface LoadPlan {
  contextLength: number;
  maxSequences: number;
  cellCapacity: number;
  /** Tokens of finished prompts whose cells are kept. */
  prefixTokens: number;
  /** Kept pieces of prompts, where they stay among the cells; 0 where they are copied out of them. */
  keptPieces: number;
  batchCapacity: number;
  /** Prompt tokens read in a step in which others are decoding; left out: by what they cost. */
  prefillChunk?: number;
  /** Tokens in a step up to which guesses are added; 0: none are. */
  draftTokens: number;
  /** Layers on the GPU, -1 for all. */
  gpuLayers: number;
  threads: number;
  /** Bytes one KV cell takes, and what was free when this was decided; for the log. */
  cellBytes: number;
  freeBytes: number;
}

/** What a plan may use. */
export interface Memory {
  /** Bytes this process may still take. */
  freeBytes: number;
  /** The GPUs of the build that was chosen; none on a processor. */
  devices: readonly LibraryDevice[];
}

/** A request may have this many positions where nobody asked for more. */
const DEFAULT_CONTEXT = 8192;
const DEFAULT_SEQUENCES = 16;
/** Cells that each sequence beyond the first adds: most requests are far shorter than the context. */
const TYPICAL_LENGTH = 256;
/** Tokens of finished prompts whose cells are kept where memory allows. */
const PREFIX_TOKENS = 4096;

/**
 * On a CPU, llama.cpp computes batches of fewer than 64 tokens row by row: a sequence's logits are the same bits
 * whatever else is in the batch. Larger ones read a prompt about an eighth faster, but by kernels that round
 * differently, and make steps that others wait for.
 */
const EXACT_BATCH = 56;

/** Bytes an element takes, by how llama.cpp stores it (quantised ones in blocks of 32 with a scale). */
const ELEMENT_BYTES: Record<KvType, number> = { f32: 4, f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };

/**
 * Decides context, sequences, cells, batch and threads from the settings, the model's header and the memory that is free:
 * that of the GPUs where the model runs there, otherwise that of the machine or the container. Cells are shared: sequences
 * need not all be long at once, and those that do not fit make room and continue later.
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
  // Half of what the weights leave: activations, masks and the rest of the machine need some too.
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

/** Bytes this process may still take: what the machine has free, or the container's limit where that is less. */
export function freeMemory(): number {
  const available = process.availableMemory?.() ?? freemem();
  return available > 0 ? available : freemem();
}
