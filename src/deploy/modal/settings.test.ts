import { expect, test } from "vitest";
import { predictColdStart, predictedSeconds } from "./coldStart.js";
import { ENGINES } from "./engines/index.js";
import type { ModalOptions } from "./options/index.js";
import { modalOptionsPage } from "./options/testing/page.js";
import { modalSettings, SCALEDOWN_SECONDS } from "./settings.js";

test("nothing said: one GPU, scales to zero, closed to strangers", () => {
  expect(modalSettings({})).toMatchObject({
    ...{ app: "formwork", engine: "vllm", mode: "dev", minContainers: 0, maxContainers: 1, eager: true },
    ...{ scaledownWindow: 120, unauthenticated: false, publicHealth: false, snapshot: false },
    gpus: [{ spelling: "L40S" }],
  });
});

test("the engine llama takes a known model or a file on the hub, and no options of the others", () => {
  const settings = modalSettings({ engine: "llama" });
  expect(settings).toMatchObject({ model: "qwen3-4b-q4_k_m", concurrency: 16 });
  expect(ENGINES.llama.files(settings)).toMatchObject({
    repository: "Qwen/Qwen3-4B-GGUF",
    file: "Qwen3-4B-Q4_K_M.gguf",
  });
  const named = modalSettings({ engine: "llama", model: "hf:a/b@v2/q/c.gguf" });
  expect(ENGINES.llama.files(named)).toMatchObject({ repository: "a/b", revision: "v2", file: "q/c.gguf" });
});

test.each(["vllm", "sglang"] as const)(
  "%s carries the plug-in unless its own backend is wanted",
  (engine) => {
    const ours = modalSettings({ engine });
    const theirs = modalSettings({ engine, structuredOutputs: "engine" });
    expect(ENGINES[engine].environment(ours)["PYTHONPATH"]).toMatch(/formwork\/python$/);
    expect(ENGINES[engine].environment(theirs)["PYTHONPATH"]).toBeUndefined();
    expect(ENGINES.sglang.commandLine(ours)).toContainEqual(["--grammar-backend", "formwork"]);
    expect(ENGINES.sglang.commandLine(theirs).flat()).not.toContain("--grammar-backend");
  },
);

test("what vLLM and SGLang take is spelled as each of them wants it", () => {
  const settings = modalSettings({
    ...{ memoryUtilization: 85, dtype: "bfloat16", quantization: "awq", trustRemoteCode: true },
    adapters: ["sql=a/b", "law=c/d"],
  });
  const words = (engine: "vllm" | "sglang") =>
    ENGINES[engine].commandLine(settings).map((option) => option.join(" "));
  for (const engine of ["vllm", "sglang"] as const) {
    expect(words(engine)).toEqual(
      expect.arrayContaining([
        "--dtype bfloat16",
        "--quantization awq",
        "--trust-remote-code",
        "--enable-lora",
      ]),
    );
  }
  expect(words("vllm")).toEqual(
    expect.arrayContaining(["--gpu-memory-utilization 0.85", "--lora-modules sql=a/b law=c/d"]),
  );
  expect(words("sglang")).toEqual(
    expect.arrayContaining(["--mem-fraction-static 0.85", "--lora-paths sql=a/b law=c/d"]),
  );
});

test("a cold start is the sum of its stages; weights count by their size", () => {
  expect(predictedSeconds(modalSettings({ eager: false }), 65e9)).toBeCloseTo(423, -1);
  expect(Object.keys(predictColdStart(modalSettings({ engine: "llama" }), 20e9))).toEqual([
    ...["container", "weights", "initialising"],
  ]);
  expect(predictColdStart(modalSettings({ engine: "llama" }), 30e9)["weights"]).toBeCloseTo(20);
});

test("the page of the documents is made from the table", async () => {
  await expect(modalOptionsPage()).toMatchFileSnapshot("../../../docs/modal-options.md");
});

test.each(["dev", "prod", "demo"] as const)("mode %s sets how long idle containers live", (mode) => {
  const settings = modalSettings({ mode });
  expect(settings.scaledownWindow).toBe(SCALEDOWN_SECONDS[mode]);
  expect(settings.eager).toBe(mode === "dev");
  expect(modalSettings({ mode, scaledownWindow: 77, eager: mode !== "dev" })).toMatchObject({
    ...{ scaledownWindow: 77, eager: mode !== "dev" },
  });
});

test("later layers win, what they leave out stays", () => {
  const settings = modalSettings({ gpu: "L4", mode: "prod" }, undefined, {
    gpu: ["h100", "a100"],
    mode: null,
  });
  expect(settings.gpus.map((gpu) => gpu.spelling)).toEqual(["H100", "A100"]);
  expect(settings.mode).toBe("prod");
});

test("secrets are names, or names with the keys they must hold", () => {
  expect(modalSettings({ secrets: ["a", "b"] }).secrets).toEqual({ a: [], b: [] });
  expect(modalSettings({ secrets: { a: ["X", "Y"] } }).secrets).toEqual({ a: ["X", "Y"] });
});

test.each<[unknown, string, RegExp]>([
  [{ gpus: "L4" }, "/modal/gpus", /is not an option/],
  [{ constructor: 1 }, "/modal/constructor", /is not an option/],
  [{ gpu: "L5" }, "/modal/gpu", /Unknown GPU/],
  [{ gpu: [] }, "/modal/gpu", /at least one/],
  [{ gpu: ["H100:2", "L40S"] }, "/modal/gpu", /same number of GPUs/],
  [{ gpu: [1] }, "/modal/gpu", /list of strings/],
  [{ mode: "test" }, "/modal/mode", /dev, prod, demo/],
  [{ engine: "ollama" }, "/modal/engine", /vllm, sglang, llama/],
  [{ minContainers: 2, maxContainers: 1 }, "/modal/minContainers", /exceed maxContainers/],
  [{ concurrency: 0 }, "/modal/concurrency", /from 1 to/],
  [{ concurrency: 1.5 }, "/modal/concurrency", /an integer from 1/],
  [{ maxConcurrency: 8 }, "/modal/maxConcurrency", /below concurrency/],
  [{ targetConcurrency: 33 }, "/modal/targetConcurrency", /from 1 to 32/],
  [{ adapters: ["a"] }, "/modal/adapters", /NAME=OWNER/],
  [{ engine: "llama", structuredOutputs: "engine" }, "/modal/structuredOutputs", /to vLLM and SGLang only/],
  [{ engine: "llama", dtype: "float16" }, "/modal/dtype", /to vLLM and SGLang only/],
  [{ eager: "yes" }, "/modal/eager", /true or false/],
  [{ app: "a b" }, "/modal/app", /at most 64/],
  [{ app: "" }, "/modal/app", /non-empty/],
  [{ volumes: { model: "x" } }, "/modal/volumes/model", /is not an option/],
  [{ volumes: { models: "x", compiled: "x" } }, "/modal/volumes", /two different/],
  [{ secrets: { a: "X" } }, "/modal/secrets/a", /keys/],
  [{ timeZone: "Mars/Base" }, "/modal/timeZone", /not a time zone/],
  [{ keepWarm: "always" }, "/modal/keepWarm", /Mon-Fri/],
  [{ exitGracePeriod: 3601 }, "/modal/exitGracePeriod", /3600/],
  [[], "/modal", /object/],
  ["x", "/modal", /object/],
])("%j is refused at %s", (options, pointer, message) => {
  expect(() => modalSettings(options as ModalOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", pointer, message: expect.stringMatching(message) }),
  );
});
