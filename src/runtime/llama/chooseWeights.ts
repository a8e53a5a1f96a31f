/** Which weights are computed with, and by whom: those of the file by the library, or arranged ones by our forward pass. */
import type { Pointer } from "./abi.js";
import { type ContextSize, makeContext } from "./context.js";
import type { Decoder } from "./decoder.js";
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
  if (settings.arrangedFolder !== null && shouldArrange(native, settings)) {
    // Read only where it is used: most of it is our own forward pass.
    const { loadArrangedModel } = await import("./arranged.js");
    const loaded = await loadArrangedModel(native, settings, settings.arrangedFolder);
    if (loaded !== null) return loaded;
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

/** Whether this processor computes arranged weights faster than the library computes those of a file. */
function shouldArrange(native: NativeLlama, { arrangeAlways, kvType }: LlamaSettings): boolean {
  if (native.gpus.length > 0) return false;
  // Quantised numbers come in blocks, and our forward pass stores the values of each cell apart.
  if (kvType !== "f16" && kvType !== "f32") return false;
  // Elsewhere the library computes Q4_1 as fast, or nobody has measured it.
  if (process.arch !== "x64" || !processorHas(native, "AVX2")) return false;
  // For it the library has kernels of Q4_1 too, two to three times as fast as those of the two parts.
  return arrangeAlways || !hasMatrixUnit(native);
}
