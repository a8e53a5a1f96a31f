/** Plans how a model is loaded on GPUs: memory, and how many layers. */
import type { GgufDescription, LibraryDevice } from "../../runtime/index.js";
import type { LoadSettings } from "../options/index.js";
import type { LoadPlan, Memory } from "./memoryPlan.js";

/** The parameters that depend on the device. */
export type GpuPlan = Omit<LoadPlan, "contextLength" | "threads" | "cellBytes" | "freeBytes">;

const DEFAULT_SEQUENCES = 64;
/** Cells added per sequence beyond the first. */
const TYPICAL_LENGTH = 1024;
/** Tokens that the library computes at once, whatever the batch size. */
const MICRO_BATCH = 512;
/** Memory from which larger batches are used: the activations of a batch are kept until it is finished. */
const LARGE_CARD_BYTES = 16e9;
const BATCH = 512;
const LARGE_BATCH = 2048;
/** Number of prompt tokens that a GPU processes in hardly more time than a decode step. */
const PREFILL_CHUNK = 256;

/** A step of this many tokens takes up to three times as long as one of a single token, and one of eight less than twice. */
const DRAFT_TOKENS = 32;

/** Memory of the driver's context, compiled kernels and activations per card, in addition to a fraction for fragmentation. */
const RESERVED_BYTES = 640 * 2 ** 20;
const RESERVED_SHARE = 0.02;

/** Number of prompts that may be cached even if that adds more than `KEPT_SHARE` to a step. */
const KEPT_TOKENS = 4096;
/**
 * A step reads the weights and all cells up to the last one in use. This is the maximum fraction that cached prompts, which are among
 * the cells, may add.
 */
const KEPT_SHARE = 0.5;
/** Maximum number of sequences in the library; one of them is used for moving cells. */
const LIBRARY_SEQUENCES = 256;
const KEPT_PIECES = 64;

/** The plan; null if there is no GPU or its memory cannot hold a layer. */
export function planOnGpu(
  settings: LoadSettings,
  model: GgufDescription,
  { devices: all, freeBytes }: Memory,
  { contextLength, cellBytes }: { contextLength: number; cellBytes: number },
): GpuPlan | null {
  const devices = settings.splitMode === "none" ? all.slice(settings.mainGpu ?? 0).slice(0, 1) : all;
  const usable = devices.reduce((sum, device) => sum + usableBytes(device, freeBytes), 0);
  // The mask of a micro-batch has a number per cell and token.
  const cellCost = Math.max(cellBytes, 1) + 4 * MICRO_BATCH;
  const gpuLayers = layersThatFit(settings, model, usable, contextLength, cellCost);
  if (gpuLayers === 0) return null;
  const share = gpuLayers < 0 ? 1 : Math.min(gpuLayers / Math.max(layersOf(model), 1), 1);
  const affordable = Math.floor(Math.max(usable - share * model.fileBytes, 0) / (share * cellCost));
  const keepable = Math.max(KEPT_TOKENS, Math.floor((KEPT_SHARE * model.fileBytes) / Math.max(cellBytes, 1)));
  const typical = Math.min(TYPICAL_LENGTH, contextLength);
  const spare = Math.max(affordable - contextLength, 0);
  const maxSequences =
    settings.maxSequences ?? Math.min(1 + Math.floor((0.75 * spare) / typical), DEFAULT_SEQUENCES);
  const running = Math.min((maxSequences - 1) * typical, spare);
  const keptPieces = settings.prefixCache ? Math.min(KEPT_PIECES, LIBRARY_SEQUENCES - 1 - maxSequences) : 0;
  const prefixTokens = keptPieces > 0 ? Math.min(keepable, spare - running) : 0;
  const isLarge = devices.every(({ totalBytes }) => totalBytes >= LARGE_CARD_BYTES);
  return {
    maxSequences,
    cellCapacity: contextLength + running + prefixTokens,
    prefixTokens,
    keptPieces: prefixTokens > 0 ? keptPieces : 0,
    batchCapacity: settings.batchCapacity ?? (isLarge ? LARGE_BATCH : BATCH),
    prefillChunk: settings.prefillChunk ?? PREFILL_CHUNK,
    draftTokens: settings.draftTokens ?? DRAFT_TOKENS,
    gpuLayers,
  };
}

/** The part of a device's memory for the model. An integrated device shares its memory with the rest of the machine. */
function usableBytes({ freeBytes, totalBytes, isIntegrated }: LibraryDevice, machineBytes: number): number {
  const free = isIntegrated ? Math.min(freeBytes, machineBytes) : freeBytes;
  return Math.max(free - RESERVED_BYTES - RESERVED_SHARE * totalBytes, 0);
}

/** Parallel requests if the model is split between the GPU and the CPU. */
const DIVIDED_SEQUENCES = 4;

/** Number of layers for the GPU, with their cells; -1 if all fit with one request of full length. */
function layersThatFit(
  { gpuLayers }: LoadSettings,
  model: GgufDescription,
  usable: number,
  contextLength: number,
  cellCost: number,
): number {
  if (gpuLayers !== undefined) return usable > 0 ? gpuLayers : 0;
  if (model.fileBytes + contextLength * cellCost <= usable) return -1;
  const layers = layersOf(model);
  const cells = contextLength + DIVIDED_SEQUENCES * TYPICAL_LENGTH;
  // The output counts as an additional layer and moves last; everything else is distributed evenly.
  return Math.min(Math.floor(usable / ((model.fileBytes + cells * cellCost) / (layers + 1))), layers);
}

function layersOf({ header, architecture }: GgufDescription): number {
  return Number(header.scalars.get(`${architecture}.block_count`) ?? 0);
}
