import { FormworkError } from "../../errors.js";
import { isRecord } from "../../json/index.js";
import type { ModelRepository } from "../../models/index.js";
import { gpuNames, parseGpu } from "../gpuCost.js";
import type { ModalSettings } from "./settings.js";

/** Fraction of a GPU's memory that engines use by default. */
const USABLE = 0.9;

/** Gigabytes per GPU for activations, graphs and the runtime. */
const RUNTIME_GIGABYTES = 2;

/** Minimum tokens in the KV cache: fewer than the context length, which requests rarely fill at the same time. */
const POSITIONS = 8192;

const GIGA = 1e9;

/** A model's memory requirements in gigabytes. */
export interface ModelFootprint {
  weights: number;
  /** KV cache per token; undefined if unknown. */
  perPosition: number | undefined;
}

/** From the sizes of the files and from `config.json`, which multimodal models keep under `text_config`. */
export function footprintOf({ weightBytes, config }: ModelRepository): ModelFootprint {
  const text = isRecord(config["text_config"]) ? config["text_config"] : config;
  const number = (name: string) => (typeof text[name] === "number" ? (text[name] as number) : undefined);
  const layers = number("num_hidden_layers");
  const heads = number("num_attention_heads");
  const keyHeads = number("num_key_value_heads") ?? heads;
  const width = number("hidden_size");
  const headWidth = number("head_dim") ?? (width !== undefined && heads ? width / heads : undefined);
  const isKnown = layers !== undefined && keyHeads !== undefined && headWidth !== undefined;
  // Keys and values, two bytes each.
  const perPosition = isKnown ? (layers * keyHeads * headWidth * 2 * 2) / GIGA : undefined;
  return { weights: weightBytes / GIGA, perPosition };
}

/**
 * Throws `invalid_request` if weights and a cache of some thousand tokens exceed a requested GPU, with the cheapest sufficient one. An
 * engine would only report it after the image is built and the weights are loaded.
 */
export function checkFit(settings: ModalSettings, footprint: ModelFootprint): void {
  const positions = Math.min(settings.contextLength ?? POSITIONS, POSITIONS);
  const cache = (footprint.perPosition ?? 0) * positions;
  for (const gpu of settings.gpus) {
    if (gpu.memoryGigabytes === undefined || fits(footprint.weights + cache, gpu.memoryGigabytes, gpu.count))
      continue;
    const other = smallest(footprint.weights + cache);
    throw new FormworkError(
      "invalid_request",
      `${settings.model} does not fit ${gpu.spelling}: its weights take ${footprint.weights.toFixed(1)} GB, a cache for ` +
        `${positions} positions ${cache.toFixed(1)} GB, and of ${gpu.memoryGigabytes} GB an engine uses ` +
        `${(gpu.memoryGigabytes * USABLE).toFixed(0)}. ` +
        (other === undefined ? "No container holds it; choose a quantised model." : `Pass --gpu ${other}.`),
      { pointer: "/modal/gpu" },
    );
  }
}

function fits(gigabytes: number, memory: number, count: number): boolean {
  return gigabytes + RUNTIME_GIGABYTES * count <= memory * USABLE;
}

/** The cheapest GPU request with that much memory, preferring a single GPU. */
function smallest(gigabytes: number): string | undefined {
  for (const count of [1, 2, 4, 8]) {
    for (const name of gpuNames()) {
      const gpu = parseGpu(count === 1 ? name : `${name}:${count}`);
      if (gpu.memoryGigabytes !== undefined && fits(gigabytes, gpu.memoryGigabytes, count))
        return gpu.spelling;
    }
  }
  return undefined;
}
