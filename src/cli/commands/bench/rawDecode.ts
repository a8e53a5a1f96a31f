import type { PeerSettings, RawBatches, RawDecode } from "../../../bench/index.js";
import { arrangedFolder } from "../../../models/index.js";
import type { Runtime } from "../../../runtime/index.js";
import type { BenchValues } from "./benchSettings.js";

const PROMPT =
  "The quick brown fox jumps over the lazy dog, and then it rests in the shade of an old oak tree.";
const STEPS = 128;

const SHAPES = [1, 2, 4, 8, 16, 32];
const REPEATS = 12;

/** How the model is loaded, and whether its weights are repacked. */
type RawSettings = PeerSettings & Pick<BenchValues, "weights">;

/** Loads the model for one sequence, processes a short prompt, and calls `measure` with its tokens. */
async function withModel<Result>(
  { modelPath, threads, contextLength, weights }: RawSettings,
  measure: (runtime: Runtime, tokens: Int32Array) => Result,
): Promise<Result> {
  const { loadLlamaRuntime } = await import("../../../runtime/index.js");
  const runtime = await loadLlamaRuntime({
    path: modelPath,
    maxSequences: 1,
    threads,
    contextLength,
    ...(weights === "file" ? {} : { arrangedFolder: arrangedFolder(), arrangeAlways: weights === "parts" }),
  });
  try {
    const tokens = runtime.tokenize(PROMPT);
    runtime.batchClear();
    for (let i = 0; i < tokens.length; i++) runtime.batchAdd(tokens[i], i, 0, i === tokens.length - 1);
    runtime.decode();
    return measure(runtime, tokens);
  } finally {
    runtime.close();
  }
}

/**
 * The bare decode loop: the libraries only, one sequence, one token per step with its logits, without mask, sampling or another process.
 * Returns the milliseconds of each step.
 */
export function rawDecodeOf(settings: RawSettings): RawDecode {
  return () =>
    withModel(settings, (runtime, tokens) => {
      const steps: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        const began = performance.now();
        runtime.batchClear();
        const row = runtime.batchAdd(tokens[step % tokens.length], tokens.length + step, 0, true);
        runtime.decode();
        // On a GPU, the step ends when its logits are available.
        runtime.logits(row);
        steps.push(performance.now() - began);
      }
      return steps;
    });
}

/** Time of one decode by number of tokens: the potential of batching and speculative decoding. */
export function rawBatchesOf(settings: RawSettings): RawBatches {
  return () =>
    withModel(settings, (runtime, tokens) => {
      const stepMs = (count: number, allLogits: boolean): number => {
        const began = performance.now();
        runtime.batchClear();
        let row = -1;
        for (let i = 0; i < count; i++) {
          row = runtime.batchAdd(
            tokens[i % tokens.length],
            tokens.length + i,
            0,
            allLogits || i === count - 1,
          );
        }
        runtime.decode();
        runtime.logits(row);
        const took = performance.now() - began;
        runtime.removeCells(0, tokens.length, -1);
        return took;
      };
      const medianMs = (count: number, allLogits: boolean): number =>
        Array.from({ length: REPEATS }, () => stepMs(count, allLogits)).sort((a, b) => a - b)[REPEATS >> 1];
      // The first steps after a load are slower: pages and caches fill.
      medianMs(1, true);
      return SHAPES.map((count) => ({
        tokens: count,
        oneRowMs: medianMs(count, false),
        allRowsMs: medianMs(count, true),
      }));
    });
}
