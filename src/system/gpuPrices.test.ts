import { expect, test } from "vitest";
import { gpuPrices } from "./gpuPrices.js";

test("prices are dated, positive, and cheapest first", () => {
  const { date, dollarsPerHour } = gpuPrices();
  expect(date).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/);
  const dollars = Object.values(dollarsPerHour);
  expect(Math.min(...dollars)).toBeGreaterThan(0);
  expect(dollars).toEqual([...dollars].sort((a, b) => a - b));
});
