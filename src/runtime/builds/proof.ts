/**
 * The program that tests a build, in a separate process because a build that does not fit its driver may crash its process. It gets a
 * `LibraryBuild` as JSON, runs a model of random weights on the GPU and the CPU, and writes a `ProofReport` as its last line to
 * stdout. The library's log goes to stderr.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormworkError, toFormworkError } from "../../errors.js";
import { writeTinyModel } from "../gguf/tinyModel.js";
import { loadLlamaRuntime } from "../llama/load.js";
import { nativeLlama } from "../llama/native.js";
import type { LibraryBuild, LibraryDevice } from "./build.js";

export type ProofReport = { devices: readonly LibraryDevice[] } | { failure: string };

/** Enough tokens to use the kernels for prompts; the token after them uses those for generation. */
const PROMPT_TOKENS = 40;

/** Maximum difference between GPU and CPU, as a fraction of the range of the logits: both round, in different orders. */
const MAX_DIFFERENCE = 0.1;

/** The logits after a prompt, then after one more token. */
async function logitsOf(path: string, build: LibraryBuild, gpuLayers: number): Promise<Float32Array[]> {
  const runtime = await loadLlamaRuntime({
    path,
    build,
    gpuLayers,
    libraryLog: "stderr",
    maxSequences: 1,
    contextLength: 256,
    batchCapacity: 64,
    threads: 1,
  });
  try {
    const found: Float32Array[] = [];
    for (let position = 0; position <= PROMPT_TOKENS; ) {
      runtime.batchClear();
      let row = -1;
      do {
        const isLast = position >= PROMPT_TOKENS - 1;
        row = runtime.batchAdd(100 + (position % 50), position, 0, isLast);
        position++;
      } while (row < 0);
      runtime.decode();
      found.push(runtime.logits(row).slice());
    }
    return found;
  } finally {
    runtime.close();
  }
}

/** Throws if the GPU's logits differ from the CPU's. */
function compare(computed: readonly Float32Array[], expected: readonly Float32Array[]): void {
  expected.forEach((logits, step) => {
    const range = Math.max(...logits) - Math.min(...logits);
    const difference = logits.reduce(
      (most, value, token) => Math.max(most, Math.abs(value - computed[step][token])),
      0,
    );
    // Negated because of NaN, for which all comparisons are false.
    if (difference <= MAX_DIFFERENCE * range) return;
    throw new FormworkError(
      "model_unavailable",
      `it computes wrong results: logits differ from the processor's by ${difference.toPrecision(3)}, of a range of ${range.toPrecision(3)}`,
    );
  });
}

async function prove(build: LibraryBuild): Promise<ProofReport> {
  const { gpus } = nativeLlama(build, "stderr");
  if (gpus.length === 0 && build.backend !== null) return { failure: "it finds no GPU that it can use" };
  const folder = mkdtempSync(join(tmpdir(), "formwork-proof-"));
  try {
    const path = join(folder, "model.gguf");
    writeTinyModel(path, { tokenizer: "bpe", width: 128, quantised: "q4_0" });
    compare(await logitsOf(path, build, -1), await logitsOf(path, build, 0));
    return { devices: gpus };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const build = JSON.parse(process.argv[2]) as LibraryBuild;
const report = await prove(build).catch(
  (thrown: unknown): ProofReport => ({ failure: toFormworkError(thrown).message }),
);
process.stdout.write(`\n${JSON.stringify(report)}\n`);
