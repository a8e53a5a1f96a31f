import { availableParallelism, cpus } from "node:os";
import koffi from "koffi";
import { describe, expect, it } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { chooseBuild } from "../builds/choose.js";
import { loadLlamaRuntime } from "./load.js";
import { nativeLlama } from "./native.js";
import { findRowSplit, nodeCountAddress, type RowSplit, RowSplitTrial } from "./rowSplit.js";

const reachable =
  process.platform === "linux" && process.arch === "x64" && availableParallelism() === cpus().length;

/** Native memory that holds `hex`, filled up with returns. */
function machineCode(hex: string): bigint {
  const address = koffi.alloc("uint8_t", 64) as bigint;
  const bytes = Buffer.from(koffi.view(address, 64));
  bytes.fill(0xc3);
  bytes.write(hex, "hex");
  return address;
}

describe("the accessor's machine code", () => {
  it("names the address that it reads", () => {
    const address = machineCode("833d10000000010f97c0c3");
    expect(nodeCountAddress(address)).toBe(address + 7n + 16n);
    const marked = machineCode("f30f1efa833df0ffffff010f97c0c3");
    expect(nodeCountAddress(marked)).toBe(marked + 11n - 16n);
  });

  it("says nothing where it is another function", () => {
    // Compares with another number, another condition, continues after the comparison, does nothing at all.
    for (const hex of [
      "833d10000000020f97c0c3",
      "833d10000000010f94c0c3",
      "833d10000000010f97c090",
      "31c0c3",
    ]) {
      expect(nodeCountAddress(machineCode(hex))).toBeNull();
    }
  });
});

describe.runIf(reachable)("the switch", () => {
  it("is found in the library, and changes no bit of the logits", async () => {
    const path = await defaultModelPath();
    const runtime = await loadLlamaRuntime({ path, maxSequences: 1, contextLength: 256, threads: 2 });
    try {
      const split = findRowSplit(nativeLlama((await chooseBuild("auto")).build))!;
      const prompt = runtime.tokenize("A list of the months of the year: January, February");
      const logitsWith = (contiguous: boolean): Float32Array[] => {
        runtime.removeCells(0, 0, -1);
        const rows: Float32Array[] = [];
        const decode = (from: number, to: number) => {
          runtime.batchClear();
          for (let i = from; i < to; i++) runtime.batchAdd(prompt[i], i, 0, i === to - 1);
          split.contiguous = contiguous;
          runtime.decode();
          rows.push(runtime.logits(0).slice());
        };
        decode(0, prompt.length - 3);
        for (let i = prompt.length - 3; i < prompt.length; i++) decode(i, i + 1);
        return rows;
      };
      expect(logitsWith(true)).toEqual(logitsWith(false));
    } finally {
      runtime.close();
    }
  });
});

describe("the trial", () => {
  /** Decodes that take so long with one part each and with pieces in turns; the first ones are slow. */
  function settle(contiguousMs: number, inTurnsMs: number): RowSplit {
    const split: RowSplit = { contiguous: false };
    const trial = new RowSplitTrial(split);
    expect(split.contiguous).toBe(true);
    for (let i = 0; i < 100 && !trial.settled; i++) {
      trial.observe(i < 2 ? 500 : (split.contiguous ? contiguousMs : inTurnsMs) + (i % 7 === 0 ? 20 : 0));
    }
    expect(trial.settled).toBe(true);
    return split;
  }

  it("keeps the faster way, whatever the first decodes and some unlucky ones took", () => {
    expect(settle(3, 5).contiguous).toBe(true);
    expect(settle(5, 3).contiguous).toBe(false);
  });

  it("leaves the switch alone once it has settled", () => {
    const split = settle(5, 3);
    const trial = new RowSplitTrial(split);
    for (let i = 0; i < 40; i++) trial.observe(4);
    const settled = split.contiguous;
    trial.observe(1);
    expect(split.contiguous).toBe(settled);
  });
});
