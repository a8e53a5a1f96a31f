import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { chooseBuild } from "../builds/choose.js";
import type { Runtime } from "../runtime.js";
import { loadLlamaRuntime } from "./load.js";
import { nativeLlama } from "./native.js";
import type { LlamaRuntimeOptions } from "./options.js";
import { hasMatrixUnit, processorHas } from "./processor.js";

const native = nativeLlama((await chooseBuild("cpu")).build);
const fitting = process.arch === "x64" && processorHas(native, "AVX2");
const matrixUnit = hasMatrixUnit(native);

let folder: string;
let path: string;
const notes: string[] = [];

const load = (more: Partial<LlamaRuntimeOptions> = {}): Promise<Runtime> =>
  loadLlamaRuntime({
    ...{ path, maxSequences: 3, contextLength: 256, cellCapacity: 768, batchCapacity: 56, logitRows: 8 },
    ...{ threads: 1, accelerator: "cpu", onNote: (event) => notes.push(event), ...more },
  });

/** In two parts, also where the processor computes the file's weights faster. */
const loadParts = (): Promise<Runtime> => load({ arrangedFolder: folder, arrangeAlways: true });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-weights-"));
  path = await defaultModelPath();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Logits after `text` in `sequence`, read in batches of `size` tokens. */
function logitsOf(runtime: Runtime, text: string, size: number, sequence = 0): Float32Array {
  const tokens = runtime.tokenize(text);
  runtime.removeCells(sequence, 0, -1);
  for (let at = 0; at < tokens.length; at += size) {
    runtime.batchClear();
    for (let i = at; i < Math.min(at + size, tokens.length); i++) {
      runtime.batchAdd(tokens[i], i, sequence, i === tokens.length - 1);
    }
    runtime.decode();
  }
  return runtime.logits(0).slice();
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

const TEXTS = [
  "The capital of France is",
  '{"name": "Ada", "born": 1815, "died":',
  "Once upon a time there was a fox who lived at the edge of a dark forest, and every evening he",
];

describe("a processor's features", () => {
  it("are known by name", () => {
    expect(processorHas(native, "NO_SUCH_FEATURE")).toBe(false);
    // Every x64 build has it, and no other.
    expect(processorHas(native, "SSE3")).toBe(process.arch === "x64");
    if (!processorHas(native, "AMX_INT8")) expect(matrixUnit).toBe(false);
  });
});

describe.runIf(matrixUnit)("the default model's weights in a matrix unit", () => {
  it("are those of the file, and the same bits whatever else is in the batch", async () => {
    notes.length = 0;
    const runtime = await load({ arrangedFolder: folder });
    try {
      expect(notes).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
      for (const text of TEXTS) {
        const logits = logitsOf(runtime, text, 1);
        for (const size of [2, 3, 5, 56]) expect(logitsOf(runtime, text, size)).toEqual(logits);
        expect(logitsOf(runtime, text, 7, 2)).toEqual(logits);
      }
    } finally {
      runtime.close();
    }
  });
});

describe.runIf(fitting)("the default model's weights in two parts", () => {
  it("mean the same, and are the same bits whatever else is in the batch", async () => {
    const whole = await load();
    const parts = await loadParts();
    expect(notes).toContain("weights_arranged");
    try {
      for (const text of TEXTS) {
        const logits = logitsOf(parts, text, 1);
        // The same weights by other kernels: inputs are rounded to 8 bits in another order.
        expect(correlation(logits, logitsOf(whole, text, 1))).toBeGreaterThan(0.995);
        for (const size of [2, 3, 5, 56]) expect(logitsOf(parts, text, size)).toEqual(logits);
        expect(logitsOf(parts, text, 7, 2)).toEqual(logits);
      }
    } finally {
      whole.close();
      parts.close();
    }
  });

  it("are made anew where they are damaged", async () => {
    const [entry] = readdirSync(folder);
    truncateSync(join(folder, entry, "weights.gguf"), 100_000_000);
    notes.length = 0;
    const runtime = await loadParts();
    expect(logitsOf(runtime, TEXTS[0], 4)).toHaveLength(runtime.vocabulary.size);
    runtime.close();
    expect(notes).toEqual(["arranged_weights_discarded"]);
    expect(readdirSync(folder)).toEqual([]);
    const again = await loadParts();
    expect(notes).toContain("weights_arranged");
    again.close();
  });

  it("are done without where they cannot be kept", async () => {
    notes.length = 0;
    const runtime = await load({ arrangedFolder: join(path, "below-a-file"), arrangeAlways: true });
    expect(notes).toEqual(["weights_not_arranged"]);
    expect(runtime.vocabulary.size).toBe(49_152);
    runtime.close();
  });
});
