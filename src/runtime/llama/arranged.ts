/** Models whose weights are arranged for this processor: our forward pass computes with them. */
import { type ArrangedWeights, arrangedWeights, discardArranged } from "../weights/store.js";
import type { LoadedModel } from "./chooseWeights.js";
import { cellBytes, cellType, checkCellMemory } from "./context.js";
import { memoryOf } from "./forward/cellRanges.js";
import { ForwardDecoder } from "./forward/forwardDecoder.js";
import { type ForwardWeights, readForwardWeights } from "./forward/weights.js";
import { loadModel } from "./model.js";
import type { NativeLlama } from "./native.js";
import type { LlamaSettings } from "./options.js";

/**
 * Loads the model with arranged weights, which are made and kept in `folder` if they are not there yet. Null, with a note of
 * the reason, where the model is not of a kind that can be arranged, or they cannot be stored or loaded.
 */
export async function loadArrangedModel(
  native: NativeLlama,
  settings: LlamaSettings,
  folder: string,
): Promise<LoadedModel | null> {
  const arranged = arrangedIn(folder, settings);
  if (arranged === null) return null;
  try {
    return await loadArranged(native, settings, arranged);
  } catch (error) {
    settings.onNote("arranged_weights_discarded", { reason: reasonOf(error) });
    discardArranged(arranged);
    return null;
  }
}

function arrangedIn(folder: string, settings: LlamaSettings): ArrangedWeights | null {
  const began = performance.now();
  try {
    const arranged = arrangedWeights(settings.path, folder);
    if (arranged?.made) {
      settings.onNote("weights_arranged", { milliseconds: Math.round(performance.now() - began) });
    }
    return arranged;
  } catch (error) {
    // A file that is not a model gets its own message where it is loaded; a full or read-only disk must not fail the load.
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
      checkCellMemory(cells, cellBytes(shape, memoryOf(cells, settings.maxSequences), settings.kvType));
      const decoder = new ForwardDecoder(native, weights, {
        maxSequences: settings.maxSequences,
        batchCapacity: settings.batchCapacity,
        logitRows: settings.logitRows,
        cellCapacity: cells,
        cellType: cellType(settings.kvType),
        threads: settings.threads,
      });
      isTaken = true;
      return decoder;
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
