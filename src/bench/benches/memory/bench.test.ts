import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SimulatedTarget } from "../../testing/simulated.js";
import { TEST_ENVIRONMENT } from "../../testing/simulatedRun.js";
import { benchMemory } from "./bench.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-memory-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A server that grows by `slope` bytes an answer. */
async function measure(slope: number) {
  const target = new SimulatedTarget([], { name: "ours", seed: 1 });
  const results = await benchMemory({
    target,
    requests: 100,
    streams: 4,
    readMemory: async () => {
      const now = 1e8 + slope * target.requests.length;
      return { engine: { now, peak: now }, server: 5e7 };
    },
    sampling: { temperature: 0, topP: 1, seed: 1 },
    head: { kind: "memory", command: "test", settings: {}, environment: TEST_ENVIRONMENT },
    folder: join(folder, `run-${slope}`),
    validate: async () => ({ valid: true }),
  });
  return { target, results };
}

describe("benchMemory", () => {
  it("reads memory after a tenth, a half and all of the requests, no two with the same prompt", async () => {
    const { target, results } = await measure(0);
    expect(results.notes.map((note) => /^After (\d+) answers/.exec(note)?.[1])).toEqual(["10", "50", "100"]);
    expect(results.samples).toHaveLength(100);
    expect(new Set(target.requests.map((request) => request.prompt)).size).toBe(100);
    expect(target.mostInFlight).toBe(4);
    expect(results.ratios[0]).toMatchObject({ ratio: 1, reached: true });
  });

  it("tells a leak from a flat line", async () => {
    const { results } = await measure(1e6);
    expect(results.ratios[0].ratio).toBeGreaterThan(1.5);
    expect(results.ratios[0].reached).toBe(false);
  });
});
