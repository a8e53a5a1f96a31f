import { describe, expect, it } from "vitest";
import { comparePairs, describeRate, describeValues } from "./bootstrap.js";
import { quantile } from "./distribution.js";
import { seededRandom } from "./random.js";

describe("distributions", () => {
  it("interpolate between neighbours", () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4], 1)).toBe(4);
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it("of nothing are undefined, of one value that value", () => {
    expect(describeValues([])).toBeUndefined();
    expect(describeValues([5])).toEqual({ count: 1, mean: 5, p50: 5, p90: 5, p99: 5, p50_interval: [5, 5] });
  });

  it("hold the true median in about 95 of 100 intervals", () => {
    const random = seededRandom(1);
    let held = 0;
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: 40 }, () => random());
      const [low, high] = describeValues(values)!.p50_interval;
      if (low <= 0.5 && 0.5 <= high) held += 1;
    }
    expect(held / 200).toBeGreaterThan(0.88);
    expect(held / 200).toBeLessThan(0.995);
  });

  it("give the same figures for the same values", () => {
    expect(describeValues([3, 1, 2])).toEqual(describeValues([3, 1, 2]));
  });
});

describe("rates", () => {
  it("stay honest at the ends", () => {
    const perfect = describeRate(Array.from({ length: 20 }, () => true))!;
    expect(perfect.value).toBe(1);
    expect(perfect.interval[0]).toBeCloseTo(0.839, 2);
    expect(perfect.interval[1]).toBeCloseTo(1);
    expect(describeRate([true, false])).toMatchObject({ value: 0.5, yes: 1, of: 2 });
    expect(describeRate([])).toBeUndefined();
  });
});

describe("paired comparison", () => {
  it("is not blurred by cases of different length", () => {
    const random = seededRandom(2);
    const pairs = [1, 10, 100, 1000].map((length) => {
      const runs = (factor: number): number[] =>
        Array.from({ length: 8 }, () => length * factor * (1 + 0.02 * random()));
      return { before: runs(1), after: runs(1.2) };
    });
    const estimate = comparePairs(pairs, "ratio")!;
    expect(estimate.value).toBeCloseTo(1.2, 1);
    expect(estimate.interval[0]).toBeGreaterThan(1.15);
    expect(estimate.interval[1]).toBeLessThan(1.25);
    expect(estimate.cases).toBe(4);
  });

  it("leaves out cases that one side lacks", () => {
    expect(comparePairs([{ before: [], after: [1] }], "ratio")).toBeUndefined();
    const estimate = comparePairs(
      [
        { before: [1, 0], after: [1, 1] },
        { before: [1], after: [] },
      ],
      "difference",
    );
    expect(estimate).toMatchObject({ value: 0.5, cases: 1 });
  });
});
