import { expect, test } from "vitest";
import { estimateCost, gpuNames, parseGpu } from "./gpuCost.js";

test.each([
  ["L40S", { spelling: "L40S", name: "L40S", count: 1, dollarsPerHour: 1.95 }],
  ["a100", { spelling: "A100", name: "A100-40GB", count: 1, dollarsPerHour: 2.1 }],
  ["A10G", { spelling: "A10G", name: "A10", count: 1, dollarsPerHour: 1.1 }],
  ["H100!:8", { spelling: "H100!:8", name: "H100", count: 8, dollarsPerHour: 8 * 3.95 }],
  [" rtx-pro-6000:2 ", { spelling: "RTX-PRO-6000:2", name: "RTX-PRO-6000", count: 2, dollarsPerHour: 6.06 }],
])("%s", (text, expected) => {
  expect(parseGpu(text)).toMatchObject(expected);
});

test.each([
  ["A1000", "--gpu A10"],
  ["H300", "--gpu H100"],
  ["toString", "--gpu T4"],
  ["zzz", "--gpu L40S"],
  ["", "--gpu L40S"],
])("%j is unknown: the nearest name is offered", (text, hint) => {
  expect(() => parseGpu(text)).toThrow(new RegExp(`Unknown GPU "${text}"[\\s\\S]*${hint}`));
});

test.each(["L4:0", "L4:9", "L4:x", "L4:1.5", "L4:1:1"])("%s: no such count", (text) => {
  expect(() => parseGpu(text)).toThrow(/a container holds 1 to 8/);
});

test("cheapest first, then those whose price is not known; the memory of each is", () => {
  const gpus = gpuNames().map((name) => parseGpu(name));
  const prices = gpus.map(({ dollarsPerHour }) => dollarsPerHour || Number.POSITIVE_INFINITY);
  expect(prices).toEqual([...prices].sort((a, b) => a - b));
  for (const { memoryGigabytes } of gpus) expect(memoryGigabytes).toBeGreaterThan(0);
  expect(parseGpu("B300:2")).toMatchObject({ dollarsPerHour: 0, memoryGigabytes: 576 });
});

test("a GPU that is newer than the table passes where that is asked for", () => {
  expect(parseGpu("x9000", true)).toMatchObject({ spelling: "X9000", memoryGigabytes: undefined });
});

test("costs follow from the price of a second", () => {
  const cost = estimateCost({
    ...{ gpu: parseGpu("L40S:2"), minContainers: 1, maxContainers: 4, concurrency: 10 },
    ...{ secondsPerRequest: 5, coldStartSeconds: 60, scaledownWindow: 120 },
  });
  expect(cost.perContainerHour).toBeCloseTo(3.9);
  expect(cost.idlePerHour).toBeCloseTo(3.9);
  expect(cost.busiestPerHour).toBeCloseTo(15.6);
  // 1,000 requests of 5 s, ten at once, keep one container busy for 500 s.
  expect(cost.perThousandRequests).toBeCloseTo((3.9 / 3600) * 500);
  expect(cost.perLonelyRequest).toBeCloseTo((3.9 / 3600) * 185);
});
