/** Loads the weights of the file, or the same ones repacked for this CPU. */
import { statSync } from "node:fs";
import { FormworkError } from "../../errors.js";
import { type ArrangedWeights, arrangedWeights, discardArranged } from "../weights/store.js";
import type { Pointer } from "./abi.js";
import { loadModel, spelled } from "./model.js";
import type { NativeLlama } from "./native.js";
import type { LlamaSettings } from "./options.js";
import { hasMatrixUnit, processorHas } from "./processor.js";

export interface LoadedWeights {
  model: Pointer;
  /** Terms to add to the model's products; null if there are none. Freed with the model. */
  terms: Pointer;
  /** Total size in bytes. */
  bytes: number;
}

/** Loads the model. Throws what `loadModel` throws; if repacking fails, the file's weights are loaded. */
export async function loadWeights(native: NativeLlama, settings: LlamaSettings): Promise<LoadedWeights> {
  const arranged = arrangedFor(native, settings);
  if (arranged !== null) {
    try {
      return await loadParts(native, settings, arranged);
    } catch (error) {
      settings.onNote("arranged_weights_discarded", { reason: reasonOf(error) });
      discardArranged(arranged);
    }
  }
  const model = await loadModel(native, settings);
  return { model, terms: null, bytes: bytesOf(native, model) };
}

/** Makes `context` add the terms to its products. */
export function addTerms({ call }: NativeLlama, context: Pointer, terms: Pointer): void {
  if (terms === null) return;
  const code = call.llama_set_adapters_lora(
    context,
    BigUint64Array.of(terms as bigint),
    1,
    Float32Array.of(1),
  );
  if (code !== 0) throw new FormworkError("internal", `The library did not take the adapter (code ${code}).`);
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

async function loadParts(
  native: NativeLlama,
  settings: LlamaSettings,
  arranged: ArrangedWeights,
): Promise<LoadedWeights> {
  const model = await loadModel(native, settings, arranged.base);
  const { result: terms, messages } = native.listening(() =>
    native.call.llama_adapter_lora_init(model, arranged.terms),
  );
  if (terms !== null) return { model, terms, bytes: bytesOf(native, model) + statSync(arranged.terms).size };
  native.call.llama_model_free(model);
  throw new FormworkError(
    "model_unavailable",
    `${arranged.terms} could not be loaded: ${spelled(messages)}.`,
  );
}

function bytesOf({ call }: NativeLlama, model: Pointer): number {
  return Number(call.llama_model_size(model));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
