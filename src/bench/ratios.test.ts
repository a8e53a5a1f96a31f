import { beforeAll, describe, expect, it } from "vitest";
import { toLine } from "./line.js";
import { ratio, ratioByCase, samplesOf } from "./ratios.js";
import type { Results } from "./results.js";
import { benchSuite } from "./schemas/index.js";
import { busyTime, timePerOutputToken } from "./summary.js";
import { simulatedResults } from "./testing/simulatedRun.js";

let results: Results;
beforeAll(async () => {
  const sides = [
    { name: "ours", seed: 1, outliers: 0 },
    { name: "peer", seed: 2, slowness: 4, failing: 0.1, outliers: 0 },
  ];
  results = await simulatedResults(benchSuite.cases, sides, { runs: 8 });
});

describe("ratios", () => {
  it("pair by case, hold the true ratio in their interval and say whether it is reached", () => {
    const side = (name: string) => ({ samples: samplesOf(results.samples, name), value: timePerOutputToken });
    const found = ratioByCase("time", side("ours"), side("peer"), { atMost: 0.4 })!;
    expect(found.interval![0]).toBeLessThan(found.ratio);
    expect(found.interval![1]).toBeGreaterThan(found.ratio);
    expect(found.ratio).toBeCloseTo(0.25, 1);
    expect(found.ratio).toBeCloseTo(found.ours / found.other, 6);
    expect(found).toMatchObject({ reach: "<= 0.4", reached: true });
    expect(ratioByCase("time", side("ours"), side("nobody"))).toBeUndefined();
    expect(ratio("tokens/s", 30, 20, { atLeast: 2 })).toMatchObject({
      ratio: 1.5,
      reach: ">= 2",
      reached: false,
    });
  });
});

describe("the line of --json", () => {
  it("holds the figures of all sides and the ratios by name", () => {
    const line = toLine({ ...results, ratios: [ratio("time", 1, 4, { atMost: 0.4 })] });
    const again = JSON.parse(JSON.stringify(line));
    expect(again.ratios).toEqual({ time: 0.25 });
    expect(Object.keys(again.sides)).toEqual(["ours", "peer"]);
    expect(again.sides.peer.success).toBeLessThan(1);
    expect(again.sides.peer.errors).toMatchObject({ timeout: expect.any(Number) });
    expect(again.sides.ours.latency_ms.p99).toBeGreaterThan(again.sides.ours.latency_ms.p50);
    expect(Object.keys(again.sides.ours.cases)).toEqual(benchSuite.cases.map((one) => one.id));
  });
});

describe("busy time", () => {
  it("counts overlapping requests once and pauses not at all", () => {
    const sample = (started: number, latency_ms: number) => ({ ...results.samples[0], started, latency_ms });
    expect(busyTime([sample(0, 10), sample(5, 10), sample(100, 10)])).toBe(25);
    expect(busyTime([sample(0, 100), sample(10, 10)])).toBe(100);
    expect(busyTime([])).toBe(0);
  });
});
