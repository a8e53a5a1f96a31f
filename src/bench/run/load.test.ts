import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { benchHttp } from "../benches/http/bench.js";
import { benchSuite } from "../schemas/index.js";
import { SimulatedTarget } from "../testing/simulated.js";
import { TEST_ENVIRONMENT } from "../testing/simulatedRun.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-load-"));
});
afterEach(() => rm(folder, { recursive: true }));

function http(targets: SimulatedTarget[], signal?: AbortSignal, onProgress?: () => void) {
  return benchHttp({
    ours: ["ours"],
    targets,
    plan: { streams: [1, 3], durationMs: 60, slices: 2, sampling: { temperature: 0, topP: 1, seed: 1 } },
    head: { kind: "http", command: "test", settings: {}, environment: TEST_ENVIRONMENT },
    folder: join(folder, "run"),
    validate: async () => ({ valid: true }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

describe("benchHttp", () => {
  it("keeps each number of streams busy on all sides in turns, and compares them", async () => {
    const ours = new SimulatedTarget(benchSuite.cases, { name: "ours", seed: 1 });
    const peer = new SimulatedTarget(benchSuite.cases, { name: "peer", seed: 2, slowness: 3 });
    const results = await http([ours, peer]);
    expect(results.complete).toBe(true);
    expect(ours.mostInFlight).toBe(3);
    const totals = results.summaries.filter((one) => one.case === null);
    expect(totals.map((one) => [one.target, one.concurrency]).sort()).toEqual([
      ["ours", 1],
      ["ours", 3],
      ["peer", 1],
      ["peer", 3],
    ]);
    const times = results.ratios.find(
      (one) => one.name === "time per output token, 3 streams, ours against peer",
    );
    expect(times?.ratio).toBeGreaterThan(0.2);
    expect(times?.ratio).toBeLessThan(0.5);
    const keys = results.samples.map((one) => `${one.target} ${one.concurrency} ${one.case} ${one.run}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("keeps what it measured when it is interrupted", async () => {
    const stop = new AbortController();
    const ours = new SimulatedTarget(benchSuite.cases, { name: "ours", seed: 1 });
    let told = 0;
    const results = await http([ours], stop.signal, () => {
      if (++told === 2) stop.abort();
    });
    expect(results.complete).toBe(false);
    expect(results.samples.length).toBeGreaterThan(0);
    expect(results.samples.every((one) => one.concurrency === 1)).toBe(true);
  });
});
