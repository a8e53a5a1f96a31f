import { describe, expect, it } from "vitest";
import type { GgufDescription, LibraryDevice } from "../../runtime/index.js";
import { type EngineOptions, normaliseOptions } from "../options/index.js";
import { type LoadPlan, planLoad } from "./memoryPlan.js";

const GIB = 2 ** 30;

function device(description: string, total: number, free: number, isIntegrated = false): LibraryDevice {
  return { name: description, description, isIntegrated, freeBytes: free * GIB, totalBytes: total * GIB };
}

/** Cards by what `ggml_backend_dev_memory` says of them: GiB in all, and free with a desktop or nothing beside. */
const H200 = device("NVIDIA H200", 139.8, 139.2);
const A100 = device("NVIDIA A100-SXM4-80GB", 79.2, 78.8);
const L4 = device("NVIDIA L4", 22.0, 21.8);
const LAPTOP = device("NVIDIA GeForce RTX 4060 Laptop GPU", 7.6, 6.9);
/** Of 32 GiB, three quarters may be the GPU's. */
const MAC = device("Apple M3 Pro", 24, 24);
const INTEGRATED = device("AMD Radeon 780M", 30, 30, true);

/** A model of `layers` layers with grouped attention, as its header describes it. */
function model(fileBytes: number, layers: number, width: number, keyValueHeads: number): GgufDescription {
  const scalars = new Map<string, number>([
    ["llama.block_count", layers],
    ["llama.embedding_length", width],
    ["llama.attention.head_count", width / 128],
    ["llama.attention.head_count_kv", keyValueHeads],
  ]);
  const header = { scalars, arrays: { get: () => undefined } };
  return { architecture: "llama", trainedContext: 131_072, fileBytes, header } as unknown as GgufDescription;
}

const MODEL_8B = model(4.9e9, 32, 4096, 8);
const MODEL_70B = model(42.5e9, 80, 8192, 8);

function plan(
  devices: readonly LibraryDevice[],
  described = MODEL_8B,
  options: EngineOptions = {},
  freeBytes = 24 * GIB,
): LoadPlan {
  return planLoad(normaliseOptions(options).load, described, { freeBytes, devices });
}

/** What the plan puts into the cards' memory. */
function plannedBytes(
  { cellCapacity, cellBytes, gpuLayers }: LoadPlan,
  { fileBytes }: GgufDescription,
  layers: number,
) {
  const share = gpuLayers < 0 ? 1 : gpuLayers / layers;
  return share * (fileBytes + cellCapacity * cellBytes);
}

describe("the plan on a GPU", () => {
  it.each([
    [
      "H200",
      [H200],
      MODEL_8B,
      { gpuLayers: -1, maxSequences: 64, batchCapacity: 2048, prefixTokens: 18_692 },
    ],
    [
      "A100",
      [A100],
      MODEL_8B,
      { gpuLayers: -1, maxSequences: 64, batchCapacity: 2048, prefixTokens: 18_692 },
    ],
    ["L4", [L4], MODEL_8B, { gpuLayers: -1, maxSequences: 64, batchCapacity: 2048, prefixTokens: 18_692 }],
    [
      "a laptop",
      [LAPTOP],
      MODEL_8B,
      { gpuLayers: -1, maxSequences: 4, batchCapacity: 512, prefixTokens: 1315 },
    ],
    ["a Mac", [MAC], MODEL_8B, { gpuLayers: -1, maxSequences: 64, batchCapacity: 2048 }],
    ["H200, 70B", [H200], MODEL_70B, { gpuLayers: -1, maxSequences: 64 }],
    ["two L4, 70B", [L4, L4], MODEL_70B, { gpuLayers: 77, maxSequences: 3 }],
    ["A100, 70B", [A100], MODEL_70B, { gpuLayers: -1, maxSequences: 64 }],
    ["a laptop, 70B", [LAPTOP], MODEL_70B, { gpuLayers: 11, maxSequences: 6, batchCapacity: 512 }],
  ])("%s", (_name, devices, described, expected) => {
    const planned = plan(devices, described);
    expect(planned).toMatchObject({ ...expected, contextLength: 8192, prefillChunk: 256 });
    const layers = described === MODEL_8B ? 32 : 80;
    const free = devices.reduce((sum, { freeBytes }) => sum + freeBytes, 0);
    expect(plannedBytes(planned, described, layers)).toBeLessThan(free);
    expect(planned.maxSequences + planned.keptPieces).toBeLessThan(256);
  });

  it("counts an integrated GPU's memory as the machine's", () => {
    expect(plan([INTEGRATED], MODEL_8B, {}, 12 * GIB).cellCapacity).toBeLessThan((12 * GIB) / 131_072);
    expect(plan([INTEGRATED], MODEL_8B, {}, 24 * GIB).cellCapacity).toBeGreaterThan(
      plan([INTEGRATED], MODEL_8B, {}, 10 * GIB).cellCapacity,
    );
  });

  it("uses one card where that is asked for, else all", () => {
    const mixed = [L4, H200];
    expect(plan(mixed, MODEL_70B).gpuLayers).toBe(-1);
    expect(plan(mixed, MODEL_70B, { splitMode: "none" }).gpuLayers).toBe(38);
    expect(plan(mixed, MODEL_70B, { splitMode: "none", mainGpu: 1 }).gpuLayers).toBe(-1);
    expect(plan(mixed, MODEL_70B, { splitMode: "none", mainGpu: 7 })).toMatchObject({
      gpuLayers: 0,
      batchCapacity: 56,
    });
  });

  it("follows the settings", () => {
    const options = {
      maxSequences: 200,
      batchCapacity: 100,
      prefillChunk: 7,
      gpuLayers: 12,
      contextLength: 2048,
    };
    expect(plan([H200], MODEL_8B, options)).toMatchObject({ ...options, batchCapacity: 200, keptPieces: 55 });
    expect(plan([H200], MODEL_8B, { prefixCache: false })).toMatchObject({ prefixTokens: 0, keptPieces: 0 });
    expect(plan([H200], MODEL_8B, { maxSequences: 255 })).toMatchObject({ prefixTokens: 0, keptPieces: 0 });
  });

  it("is that of a processor where nothing goes to the GPU", () => {
    const alone = plan([], MODEL_8B);
    expect(plan([H200], MODEL_8B, { gpuLayers: 0 })).toEqual(alone);
    expect(plan([device("a display", 0.5, 0.4)], MODEL_8B)).toEqual(alone);
    expect(alone).toMatchObject({ gpuLayers: 0, keptPieces: 0, batchCapacity: 56 });
    expect(alone).not.toHaveProperty("prefillChunk");
  });
});
