/** How a model is loaded on GPUs: what their memory holds, and how much of the model. */
import type { GgufDescription, LibraryDevice } from "../../runtime/index.js";
import type { LoadSettings } from "../options/index.js";
import type { LoadPlan, Memory } from "./plan.js";

/** What depends on where the model runs. */
export type GpuPlan = Omit<LoadPlan, "contextLength" | "threads" | "cellBytes" | "freeBytes">;

const DEFAULT_SEQUENCES = 64;
/** Cells that each sequence beyond the first adds. */
const TYPICAL_LENGTH = 1024;
/** Tokens that the library computes at once, whatever the batch holds. */
const MICRO_BATCH = 512;
/** Cards with as much memory take larger batches: activations of a batch are kept until it is through. */
const LARGE_CARD_BYTES = 16e9;
const BATCH = 512;
const LARGE_BATCH = 2048;
/** Reading so many prompt tokens takes a GPU hardly longer than a step of those that decode. */
const PREFILL_CHUNK = 256;

/** A step of so many tokens takes up to three times as long as one of a single token, and one of eight less than twice. */
const DRAFT_TOKENS = 32;

/** What the driver's context, compiled kernels and activations take on each card, beside a share for fragments. */
const RESERVED_BYTES = 640 * 2 ** 20;
const RESERVED_SHARE = 0.02;

/** Prompts that may be kept even where that adds more than `KEPT_SHARE` to a step. */
const KEPT_TOKENS = 4096;
/**
 * A step reads the weights, and every cell up to the last one in use, whoever it belongs to. Kept prompts lie among them:
 * they may add so much to what is read.
 */
const KEPT_SHARE = 0.5;
/** Sequences that the library tells apart; one of them is taken for moving cells. */
const LIBRARY_SEQUENCES = 256;
const KEPT_PIECES = 64;

/** The plan, or null where no GPU is there or none of its memory would hold a layer. */
export function planOnGpu(
  settings: LoadSettings,
  model: GgufDescription,
  { devices: all, freeBytes }: Memory,
  { contextLength, cellBytes }: { contextLength: number; cellBytes: number },
): GpuPlan | null {
  const devices = settings.splitMode === "none" ? all.slice(settings.mainGpu ?? 0).slice(0, 1) : all;
  const usable = devices.reduce((sum, device) => sum + usableBytes(device, freeBytes), 0);
  // The mask of a micro-batch has a number for each cell and token.
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

/** What of a device's memory the model may take. An integrated one shares it with the rest of the machine. */
function usableBytes({ freeBytes, totalBytes, isIntegrated }: LibraryDevice, machineBytes: number): number {
  const free = isIntegrated ? Math.min(freeBytes, machineBytes) : freeBytes;
  return Math.max(free - RESERVED_BYTES - RESERVED_SHARE * totalBytes, 0);
}

/** Requests side by side where the model is divided between the GPU and the processor. */
const DIVIDED_SEQUENCES = 4;

/** Layers for the GPU, with the cells that belong to them; -1 where all fit, with one request of full length. */
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
  // The output counts as one more layer and is the last to move; all is spread evenly but for it.
  return Math.min(Math.floor(usable / ((model.fileBytes + cells * cellCost) / (layers + 1))), layers);
}

function layersOf({ header, architecture }: GgufDescription): number {
  return Number(header.scalars.get(`${architecture}.block_count`) ?? 0);
}
