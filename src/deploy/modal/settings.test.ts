import { expect, test } from "vitest";
import type { ModalOptions } from "./options/index.js";
import { modalSettings, SCALEDOWN_SECONDS } from "./settings.js";

test("nothing said: one GPU, scales to zero, closed to strangers", () => {
  expect(modalSettings({})).toMatchObject({
    ...{ app: "formwork", engine: "vllm", mode: "dev", minContainers: 0, maxContainers: 1, eager: true },
    ...{ scaledownWindow: 120, unauthenticated: false, publicHealth: false, snapshot: false },
    gpus: [{ spelling: "L40S" }],
  });
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
  [{ gpus: "L4" }, "/modal/gpus", /is no option/],
  [{ constructor: 1 }, "/modal/constructor", /is no option/],
  [{ gpu: "L5" }, "/modal/gpu", /Unknown GPU/],
  [{ gpu: [] }, "/modal/gpu", /at least one/],
  [{ gpu: ["H100:2", "L40S"] }, "/modal/gpu", /as many GPUs each time/],
  [{ gpu: [1] }, "/modal/gpu", /list of texts/],
  [{ mode: "test" }, "/modal/mode", /dev, prod, demo/],
  [{ engine: "ollama" }, "/modal/engine", /vllm, sglang/],
  [{ minContainers: 2, maxContainers: 1 }, "/modal/minContainers", /at most maxContainers/],
  [{ concurrency: 0 }, "/modal/concurrency", /from 1 to/],
  [{ concurrency: 1.5 }, "/modal/concurrency", /whole number/],
  [{ eager: "yes" }, "/modal/eager", /true or false/],
  [{ app: "a b" }, "/modal/app", /at most 64/],
  [{ app: "" }, "/modal/app", /not empty/],
  [{ volumes: { model: "x" } }, "/modal/volumes/model", /unknown/],
  [{ volumes: { models: "x", compiled: "x" } }, "/modal/volumes", /two different/],
  [{ secrets: { a: "X" } }, "/modal/secrets/a", /keys/],
  [{ timeZone: "Mars/Base" }, "/modal/timeZone", /no time zone/],
  [{ keepWarm: "always" }, "/modal/keepWarm", /Mon-Fri/],
  [{ exitGracePeriod: 3601 }, "/modal/exitGracePeriod", /3600/],
  [[], "/modal", /object/],
  ["x", "/modal", /object/],
])("%j is refused at %s", (options, pointer, message) => {
  expect(() => modalSettings(options as ModalOptions)).toThrow(
    expect.objectContaining({ code: "invalid_request", pointer, message: expect.stringMatching(message) }),
  );
});
