import type { PeerSettings, RawDecode } from "../../bench/index.js";

const PROMPT =
  "The quick brown fox jumps over the lazy dog, and then it rests in the shade of an old oak tree.";
const STEPS = 128;

/**
 * The bare decode loop: the model's own libraries, one sequence, one token a step with its logits, no mask, no
 * sampling, no process in between. Milliseconds of each step.
 */
export function rawDecodeOf({ modelPath, threads, contextLength }: PeerSettings): RawDecode {
  return async () => {
    const { loadLlamaRuntime } = await import("../../runtime/index.js");
    const runtime = await loadLlamaRuntime({ path: modelPath, maxSequences: 1, threads, contextLength });
    try {
      const tokens = runtime.tokenize(PROMPT);
      runtime.batchClear();
      for (let i = 0; i < tokens.length; i++) runtime.batchAdd(tokens[i], i, 0, i === tokens.length - 1);
      runtime.decode();
      const steps: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        const began = performance.now();
        runtime.batchClear();
        runtime.batchAdd(tokens[step % tokens.length], tokens.length + step, 0, true);
        runtime.decode();
        steps.push(performance.now() - began);
      }
      return steps;
    } finally {
      runtime.close();
    }
  };
}
