/** Loads weights from a GGUF file into the library. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import koffi from "koffi";
import { FormworkError } from "../../errors.js";
import { readGgufHeader } from "../gguf/header.js";
import { type ModelParams, type Pointer, progressCallbackType } from "./abi.js";
import type { NativeLlama } from "./native.js";
import type { LlamaSettings, SplitMode } from "./options.js";

/** Smaller files load too fast for progress reports. */
const SOON_LOADED = 512e6;

const LOAD_MODE_NONE = 0;
const LOAD_MODE_MMAP = 1;

/** The library's warnings as one line, without its prefixes. */
export function spelled(messages: readonly string[]): string {
  const lines = messages.map((message) => message.replace(/^[\w:~]+: (?=\S)/, "").replace(/\s+/g, " "));
  return [...new Set(lines)].slice(-4).join("; ") || "the library gave no reason";
}

/** Throws `model_unavailable` for a file that is missing or not a GGUF file. */
function checkBeginning(path: string): void {
  const start = Buffer.alloc(4);
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (cause) {
    throw new FormworkError("model_unavailable", `There is no readable model file at ${path}.`, { cause });
  }
  try {
    readSync(descriptor, start, 0, 4, 0);
  } catch (cause) {
    throw new FormworkError("model_unavailable", `${path} cannot be read; is it a file?`, { cause });
  } finally {
    closeSync(descriptor);
  }
  if (start.toString("latin1") !== "GGUF") {
    throw new FormworkError(
      "model_unavailable",
      `${path} is not a GGUF model file. Convert the model to GGUF, or name another file.`,
    );
  }
}

/**
 * Loads the file, a small one on a thread of its own; with `vocabularyOnly` all but the weights. Throws `model_unavailable` where the file is damaged or the model is of a
 * kind that cannot be used.
 */
export async function loadModel(
  native: NativeLlama,
  settings: LlamaSettings,
  vocabularyOnly = false,
): Promise<Pointer> {
  const { path } = settings;
  checkBeginning(path);
  const { call } = native;
  const params = call.llama_model_default_params();
  placeLayers(native, settings, params);
  params.load_mode = settings.mmap ? LOAD_MODE_MMAP : LOAD_MODE_NONE;
  params.vocab_only = vocabularyOnly;
  const isSmall = vocabularyOnly || statSync(path).size < SOON_LOADED;
  // Another thread reports neither progress nor why it failed: large files, and those that fail there, are loaded here.
  const aside = isSmall ? await native.aside("llama_model_load_from_file", path, params) : null;
  const model = aside ?? loadHere(native, params, path, settings.onProgress);
  if (aside !== null) settings.onProgress?.(1);
  const unfit = unfitness(native, model);
  if (unfit !== null) {
    call.llama_model_free(model);
    throw new FormworkError(
      "model_unavailable",
      `${path} is ${unfit}; the engine needs a decoder-only transformer.`,
    );
  }
  return model;
}

const SPLIT_MODES: Record<SplitMode, number> = { none: 0, layer: 1, row: 2, tensor: 3 };

/** Reports which devices are used, and with how many layers. */
function placeLayers(native: NativeLlama, settings: LlamaSettings, params: ModelParams): void {
  params.n_gpu_layers = settings.gpuLayers ?? (native.gpus.length > 0 ? -1 : 0);
  // Without layers, a GPU would still compute large batches, and fail if it cannot.
  if (native.gpus.length === 0 || params.n_gpu_layers === 0) {
    params.devices = NO_DEVICES;
    return;
  }
  params.split_mode = SPLIT_MODES[settings.splitMode];
  params.main_gpu = settings.mainGpu;
  if (settings.tensorSplit === null) return;
  const places = Math.max(Number(native.call.llama_max_devices()), settings.tensorSplit.length);
  const shares = new Float32Array(places);
  shares.set(settings.tensorSplit);
  params.tensor_split = shares;
}

/** An empty list of devices. */
const NO_DEVICES = BigUint64Array.of(0n);

function loadHere(
  native: NativeLlama,
  params: ModelParams,
  path: string,
  onProgress: LlamaSettings["onProgress"],
): Pointer {
  if (onProgress !== null) {
    params.progress_callback = koffi.register((share: number) => {
      onProgress(share);
      return true;
    }, koffi.pointer(progressCallbackType));
  }
  const { result: model, messages } = (() => {
    try {
      return native.listening(() => native.call.llama_model_load_from_file(path, params));
    } finally {
      if (params.progress_callback !== null) koffi.unregister(params.progress_callback);
    }
  })();
  if (model !== null) return model;
  // Our reader explains what is wrong with a damaged header.
  readGgufHeader(path);
  throw new FormworkError("model_unavailable", `${path} could not be loaded: ${spelled(messages)}.`);
}

function unfitness({ call }: NativeLlama, model: Pointer): string | null {
  if (call.llama_model_has_encoder(model) || !call.llama_model_has_decoder(model)) return "an encoder model";
  if (call.llama_model_is_recurrent(model) || call.llama_model_is_hybrid(model)) {
    return "a recurrent model, whose state cannot be taken back token by token";
  }
  return call.llama_model_is_diffusion(model) ? "a diffusion model" : null;
}

/** A value of the file's metadata as text; empty if there is none. */
export function metadata({ call }: NativeLlama, model: Pointer, key: string): string {
  const buffer = new Uint8Array(256);
  const length = call.llama_model_meta_val_str(model, key, buffer, buffer.length);
  return length < 0
    ? ""
    : Buffer.from(buffer.subarray(0, Math.min(length, buffer.length - 1))).toString("utf8");
}
