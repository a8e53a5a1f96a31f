import { expect, test } from "vitest";
import { savedMs } from "./savings.js";

const steps = (...sizes: [size: number, at: number][]) =>
  sizes.map(([size, at]) => ({ at_ms: at, tokens: Array.from({ length: size }, () => ({ text: "x" })) }));

test("forced tokens saved what single steps would have taken, less what they took", () => {
  // Steps of one token take 10 ms; that of four took 16, and the three at the end none.
  expect(savedMs(steps([1, 0], [1, 10], [1, 20], [4, 30], [4, 46]))).toBe(4 * 10 - 16 + 3 * 10);
});

test("nothing was saved where nothing was forced, and too few steps say nothing", () => {
  expect(savedMs(steps([1, 0], [1, 10], [1, 20], [1, 30]))).toBe(0);
  expect(savedMs(steps([4, 0], [1, 10], [1, 20]))).toBeUndefined();
  expect(savedMs([])).toBeUndefined();
});
