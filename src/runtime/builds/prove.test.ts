import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { writeTinyModel } from "../gguf/tinyModel.js";
import { loadLlamaRuntime } from "../llama/load.js";
import { chooseBuild } from "./choose.js";
import { findBuilds } from "./installed.js";
import { prove } from "./prove.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-prove-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const builds = await findBuilds();
const processor = builds.at(-1)!;

/** A proof by a program of these lines. */
function proveBy(source: string) {
  const program = join(folder, "program.mjs");
  writeFileSync(program, source);
  return prove(processor, program);
}

describe("a proof", () => {
  it("is passed by the processor's build, computed twice", async () => {
    expect(await prove(processor)).toMatchObject({ failure: null, devices: [] });
  });

  it("fails by a library that is none, with the linker's words", async () => {
    const backend = join(folder, "libggml-cuda.so");
    writeFileSync(backend, "no library");
    const { failure } = await prove({ ...processor, name: "cuda", accelerator: "cuda", backend });
    expect(failure).toMatch(/^The llama\.cpp library \S+libggml-cuda\.so could not be loaded: ./);
  });

  it("outlives a process that aborts, and keeps what it wrote", async () => {
    const { failure, log, devices } = await proveBy(
      'console.error("load_tensors: offloaded 2 layers\\nCUDA error: no kernel image is available"); process.abort();',
    );
    expect(failure).toMatch(
      /^it aborted \((SIGABRT|SIGILL|SIGTRAP)\): CUDA error: no kernel image is available$/,
    );
    expect(log.slice(0, 2)).toEqual([
      "load_tensors: offloaded 2 layers",
      "CUDA error: no kernel image is available",
    ]);
    expect(devices).toEqual([]);
  });

  it("counts as passed by what the process said, however it ends", async () => {
    const device = '{"name":"GPU0","description":"a card","isIntegrated":false,"freeBytes":1,"totalBytes":2}';
    const { failure, devices } = await proveBy(
      `process.stdout.write('{"devices":[${device}]}\\n', () => process.kill(process.pid, "SIGSEGV"));`,
    );
    expect({ failure, devices }).toEqual({ failure: null, devices: [JSON.parse(device)] });
  });
});

// A software device is a GPU to the library, so this runs wherever the package and such a driver are:
// npm install --no-save @node-llama-cpp/linux-x64-vulkan@VERSION, and Mesa's lavapipe (mesa-vulkan-drivers).
const vulkan = builds.find(({ name }) => name === "vulkan");
vi.stubEnv("GGML_VK_VISIBLE_DEVICES", "0");
const works = vulkan !== undefined && (await prove(vulkan)).failure === null;
vi.unstubAllEnvs();

describe.skipIf(!works)("Vulkan (skipped where its package or a driver is missing)", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("is chosen, holds the model, and keeps prompts in its cells", { timeout: 120_000 }, async () => {
    // Software devices count only where they are named.
    vi.stubEnv("GGML_VK_VISIBLE_DEVICES", "0");
    const { build, devices } = await chooseBuild("vulkan");
    expect(devices[0]).toMatchObject({ name: "Vulkan0" });
    expect(devices[0].totalBytes).toBeGreaterThan(1e8);
    const path = join(folder, "model.gguf");
    writeTinyModel(path, { tokenizer: "bpe", width: 128, quantised: "q4_0" });
    const settings = { path, build, maxSequences: 2, contextLength: 256, batchCapacity: 64, threads: 1 };
    const runtime = await loadLlamaRuntime({ ...settings, keptPieces: 2 });
    const read = (tokens: readonly number[], from: number, sequence: number): Float32Array => {
      runtime.batchClear();
      const rows = tokens.map((token, i) =>
        runtime.batchAdd(token, from + i, sequence, i === tokens.length - 1),
      );
      runtime.decode();
      return runtime.logits(rows.at(-1)!).slice();
    };
    try {
      const prompt = [100, 101, 102, 103, 104, 105, 106, 107];
      const expected = read(prompt, 0, 0);
      const kept = runtime.saveCells(0, 0, 7);
      runtime.removeCells(0, 0, -1);
      const part = runtime.savePart(kept, 0, 4);
      kept.free();
      runtime.restoreCells(1, part, 0, 4);
      const restored = read(prompt.slice(4), 4, 1);
      const range = Math.max(...expected) - Math.min(...expected);
      for (let i = 0; i < expected.length; i++)
        expect(Math.abs(restored[i] - expected[i])).toBeLessThan(range / 100);
      part.free();
    } finally {
      runtime.close();
    }
  });
});
