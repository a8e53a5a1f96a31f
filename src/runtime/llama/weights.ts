/** Which weights are computed with, and by whom: those of the file by the library, or arranged ones by our forward pass. */
import { type ArrangedWeights, arrangedWeights, discardArranged } from "../weights/store.js";
import type { Pointer } from "./abi.js";
import { type ContextSize, cellBytes, cellType, checkCellMemory, makeContext } from "./context.js";
import type { Decoder } from "./decoder.js";
import { ForwardDecoder } from "./forward/forwardDecoder.js";
import { type ForwardWeights, readForwardWeights } from "./forward/weights.js";
import { loadModel } from "./model.js";
import type { NativeLlama } from "./native.js";
import type { LlamaSettings } from "./options.js";
import { hasMatrixUnit, processorHas } from "./processor.js";

export interface LoadedModel {
  /** What the library has loaded: the vocabulary at least. */
  model: Pointer;
  /** Positions the model was trained on. */
  trainedContext: number;
  parameters: number;
  /** Of the weights. */
  bytes: number;
  /** Makes room for KV cells. Throws `model_unavailable` where there is no memory for them. To be called once. */
  makeDecoder(size: ContextSize): Promise<Decoder>;
  /** Frees the library's model. A decoder is closed before. */
  free(): void;
}

/** Loads the model. Throws what `loadModel` throws; where arranging fails, the library computes with the file's own weights. */
export async function loadWeights(native: NativeLlama, settings: LlamaSettings): Promise<LoadedModel> {
  const arranged = arrangedFor(native, settings);
  if (arranged !== null) {
    try {
      return await loadArranged(native, settings, arranged);
    } catch (error) {
      settings.onNote("arranged_weights_discarded", { reason: reasonOf(error) });
      discardArranged(arranged);
    }
  }
  const { call } = native;
  const model = await loadModel(native, settings);
  return {
    model,
    trainedContext: call.llama_model_n_ctx_train(model),
    parameters: Number(call.llama_model_n_params(model)),
    bytes: Number(call.llama_model_size(model)),
    makeDecoder: (size) => makeContext(native, model, settings, size),
    free: () => call.llama_model_free(model),
  };
}

function arrangedFor(native: NativeLlama, settings: LlamaSettings): ArrangedWeights | null {
  if (settings.arrangedFolder === null || native.gpus.length > 0) return null;
  // On other CPUs, the library computes Q4_1 as fast, or it has not been measured.
  if (process.arch !== "x64" || !processorHas(native, "AVX2")) return null;
  // For AMX, the library's Q4_1 kernels are two to three times as fast as those for the two parts.
  if (!settings.arrangeAlways && hasMatrixUnit(native)) return null;
  const began = performance.now();
  try {
    const arranged = arrangedWeights(settings.path, settings.arrangedFolder);
    if (arranged?.made) {
      settings.onNote("weights_arranged", { milliseconds: Math.round(performance.now() - began) });
    }
    return arranged;
  } catch (error) {
    // A file that is not a model is reported when it is loaded; a full or read-only disk must not make the load fail.
    settings.onNote("weights_not_arranged", { reason: reasonOf(error) });
    return null;
  }
}

async function loadArranged(
  native: NativeLlama,
  settings: LlamaSettings,
  arranged: ArrangedWeights,
): Promise<LoadedModel> {
  // The vocabulary is read on a thread of its own, while this one reads the weights.
  const vocabulary = loadModel(native, settings, true);
  const freeVocabulary = () => void vocabulary.then(native.call.llama_model_free, () => {});
  let weights: ForwardWeights;
  try {
    weights = readForwardWeights(native, arranged.path);
  } catch (error) {
    freeVocabulary();
    throw error;
  }
  const { shape } = weights;
  let isTaken = false;
  return {
    model: await vocabulary,
    trainedContext: shape.trainedContext,
    parameters: shape.parameters,
    bytes: weights.bytes,
    async makeDecoder({ cells }) {
      checkCellMemory(cells, cellBytes(shape, cells, settings.kvType));
      isTaken = true;
      return new ForwardDecoder(native, weights, {
        maxSequences: settings.maxSequences,
        batchCapacity: settings.batchCapacity,
        logitRows: settings.logitRows,
        cellCapacity: cells,
        cellType: cellType(settings.kvType),
        threads: settings.threads,
      });
    },
    free: () => {
      if (!isTaken) weights.free();
      freeVocabulary();
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
