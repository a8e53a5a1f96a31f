import { beforeAll, describe, expect, it } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { type GgufDescription, inspectGguf } from "../../runtime/index.js";
import { type EngineOptions, normaliseOptions } from "../options/index.js";
import { planLoad } from "./memoryPlan.js";

const GIB = 2 ** 30;

describe("planLoad", () => {
  let model: GgufDescription;
  beforeAll(async () => {
    model = inspectGguf(await defaultModelPath());
  });
  const plan = (options: EngineOptions, freeBytes = 16 * GIB) =>
    planLoad(normaliseOptions(options).load, model, { freeBytes, devices: [] });

  it("counts the bytes of a cell from the header", () => {
    // 30 layers, 3 key-value heads of 64, keys and values.
    expect(plan({}).cellBytes).toBe(30 * 3 * 64 * 2 * 2);
    expect(plan({ kvType: "q8_0" }).cellBytes).toBe(Math.ceil(30 * 3 * 64 * 2 * (34 / 32)));
  });

  it("serves sixteen side by side where memory allows, fewer where it does not, at least one", () => {
    expect(plan({})).toMatchObject({
      maxSequences: 16,
      contextLength: 8192,
      cellCapacity: 8192 + 15 * 256,
      prefixTokens: 4096,
    });
    const tight = plan({}, model.fileBytes + 2 * (8192 + 2 * 256 + 3072) * 23040);
    expect(tight).toMatchObject({ maxSequences: 3, cellCapacity: 8192 + 2 * 256, prefixTokens: 2944 });
    expect(plan({}, 0)).toMatchObject({ maxSequences: 1, cellCapacity: 8192, prefixTokens: 0 });
  });

  it("follows what it is told", () => {
    const told = { contextLength: 256, maxSequences: 3, threads: 7, batchCapacity: 100, prefixCache: false };
    expect(plan(told, 0)).toMatchObject({
      contextLength: 256,
      maxSequences: 3,
      threads: 7,
      batchCapacity: 100,
      prefixTokens: 0,
      cellCapacity: 256 * 3,
    });
    expect(plan({ contextLength: 1e6 }).contextLength).toBe(8192);
    expect(plan({ maxSequences: 100, batchCapacity: 8 }).batchCapacity).toBe(100);
  });

  it("refuses options that make no sense, by name", () => {
    expect(() => normaliseOptions({ threads: 0 })).toThrow(/threads must be a whole number/);
    expect(() => normaliseOptions({ contextLength: 1.5 })).toThrow(/contextLength/);
    expect(() => normaliseOptions({ maxSequences: 1000 })).toThrow(/1 to 255/);
  });
});
