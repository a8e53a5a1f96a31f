import { describe, expect, it } from "vitest";
import { judgeGold } from "./gold.js";

describe("judgeGold", () => {
  it("takes what differs only in case, outer punctuation or white space for the same", () => {
    expect(judgeGold({ name: "Ada  Lovelace" }, { name: "ada lovelace." })).toEqual({
      completeness: 1,
      correctness: 1,
      detail: "",
    });
  });

  it("counts leaves: half right is a half, and names what is wrong", () => {
    const judgement = judgeGold({ a: 1, b: "x" }, { a: 1, b: "y" });
    expect(judgement).toEqual({ completeness: 1, correctness: 0.5, detail: '/b is "y", not "x"' });
  });

  it("keeps missing apart from wrong", () => {
    expect(judgeGold({ a: 1, b: "x" }, { a: 2 })).toMatchObject({ completeness: 0.5, correctness: 0 });
    expect(judgeGold({ a: 1, b: "x" }, { a: 2, b: "" })).toMatchObject({ completeness: 0.5, correctness: 0 });
  });

  it("expects null where the gold answer is null", () => {
    expect(judgeGold({ a: null }, { a: null }).correctness).toBe(1);
    expect(judgeGold({ a: null }, { a: "invented" }).correctness).toBe(0);
  });

  it("takes lists of plain values as bags and counts what is invented", () => {
    expect(judgeGold(["a", "b"], ["b", "A"]).correctness).toBe(1);
    expect(judgeGold(["a", "b"], ["a", "b", "c"]).correctness).toBeCloseTo(2 / 3);
    expect(judgeGold(["a", "a"], ["a", "b"]).correctness).toBe(0.5);
    expect(judgeGold([], []).correctness).toBe(1);
    expect(judgeGold([], ["a"]).correctness).toBe(0);
  });

  it("compares lists of objects in order", () => {
    const gold = [{ n: 1 }, { n: 2 }];
    expect(judgeGold(gold, [{ n: 1 }, { n: 2 }]).correctness).toBe(1);
    expect(judgeGold(gold, [{ n: 1 }])).toMatchObject({ completeness: 0.5, correctness: 0.5 });
    expect(judgeGold(gold, [{ n: 2 }, { n: 1 }]).correctness).toBe(0);
  });

  it("ignores what the gold answer does not name, and does not look up inherited names", () => {
    expect(judgeGold({ a: 1 }, { a: 1, more: true }).correctness).toBe(1);
    expect(judgeGold({ constructor: "x" }, {}).completeness).toBe(0);
  });

  it("allows numbers the tolerance it was given and no more", () => {
    expect(judgeGold({ a: 100 }, { a: 101 }, { tolerance: 0.02 }).correctness).toBe(1);
    expect(judgeGold({ a: 100 }, { a: 103 }, { tolerance: 0.02 }).correctness).toBe(0);
    expect(judgeGold({ a: 100 }, { a: "100" }).correctness).toBe(0);
  });
});
