import { beforeAll, describe, expect, it } from "vitest";
import { builtInSuite } from "../../tasks/index.js";
import type { Results } from "../results.js";
import { simulatedResults } from "../testing/simulatedRun.js";
import { type Comparison, compareResults } from "./compare.js";

const cases = builtInSuite("extraction").cases.slice(0, 12);
let baseline: Results;
beforeAll(async () => {
  baseline = await simulatedResults(cases, [{ seed: 1 }]);
});

function verdict(comparison: Comparison, metric: string): string | undefined {
  return comparison.changes.find((change) => change.metric === metric)?.verdict;
}

describe("compareResults", () => {
  it("finds no regression in noise alone, over 20 sessions", async () => {
    for (let seed = 100; seed < 120; seed++) {
      const comparison = compareResults(baseline, await simulatedResults(cases, [{ seed }]));
      const found = comparison.changes.filter((change) => change.verdict === "regression");
      expect(found.map((change) => change.metric)).toEqual([]);
    }
  });

  it.each([1.4, 1.8, 3])("finds an engine %d times as slow, over 5 sessions each", async (slowness) => {
    for (let seed = 200; seed < 205; seed++) {
      const comparison = compareResults(baseline, await simulatedResults(cases, [{ seed, slowness }]));
      expect(verdict(comparison, "latency")).toBe("regression");
      expect(verdict(comparison, "time per output token")).toBe("regression");
      expect(verdict(comparison, "correctness")).toBe("same");
      const { estimate } = comparison.changes.find((change) => change.metric === "latency")!;
      expect(estimate.interval[0]).toBeLessThan(slowness);
      expect(estimate.value).toBeGreaterThan(slowness * 0.9);
      expect(estimate.value).toBeLessThan(slowness * 1.1);
    }
  });

  it("says that a faster engine is better", async () => {
    const comparison = compareResults(
      baseline,
      await simulatedResults(cases, [{ seed: 300, slowness: 0.7 }]),
    );
    expect(verdict(comparison, "latency")).toBe("better");
    expect(comparison.regressions).toBe(0);
  });

  it("finds wrong answers, and does not call them slow", async () => {
    const comparison = compareResults(baseline, await simulatedResults(cases, [{ seed: 301, wrong: 0.3 }]));
    expect(verdict(comparison, "correctness")).toBe("regression");
    expect(verdict(comparison, "time per output token")).not.toBe("regression");
  });

  it("finds failures", async () => {
    const comparison = compareResults(baseline, await simulatedResults(cases, [{ seed: 302, failing: 0.3 }]));
    expect(verdict(comparison, "success")).toBe("regression");
  });

  it("takes a single invalid answer for a broken promise", async () => {
    const broken = structuredClone(baseline);
    broken.samples[17].valid = false;
    expect(verdict(compareResults(baseline, broken), "validity")).toBe("regression");
    // Where it was not promised before, one more is noise.
    const shaky = structuredClone(broken);
    shaky.samples[3].valid = false;
    expect(verdict(compareResults(broken, shaky), "validity")).toBe("same");
  });

  it("calls a small but certain change worse, not a regression", async () => {
    const steady = await simulatedResults(cases, [{ seed: 1, scatter: 0.005, outliers: 0 }]);
    const slower = structuredClone(steady);
    for (const sample of slower.samples) sample.latency_ms *= 1.05;
    expect(verdict(compareResults(steady, slower), "latency")).toBe("worse");
    expect(verdict(compareResults(steady, slower, { time: 0.02, rate: 0.02 }), "latency")).toBe("regression");
  });

  it("warns of another machine, other cases and interrupted runs", async () => {
    const other = structuredClone(baseline);
    other.environment.cpu = "Another CPU";
    other.environment.calibration_ms = 20;
    other.fingerprint = "0";
    other.complete = false;
    const { warnings } = compareResults(baseline, other);
    expect(warnings.join("\n")).toMatch(/Another CPU[\s\S]*slower[\s\S]*differ[\s\S]*interrupted/);
    expect(compareResults(baseline, baseline).warnings).toEqual([]);
  });

  it("pairs targets by name, and a single one with a single one", async () => {
    const both = await simulatedResults(cases.slice(0, 2), [
      { seed: 1, name: "ours" },
      { seed: 2, name: "theirs", slowness: 2 },
    ]);
    const targets = compareResults(both, both).changes.map((change) => change.target);
    expect(new Set(targets)).toEqual(new Set(["ours", "theirs"]));
    const renamed = await simulatedResults(cases, [{ seed: 1, name: "renamed" }]);
    expect(compareResults(baseline, renamed).changes[0].target).toBe("renamed");
  });
});
