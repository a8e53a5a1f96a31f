import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseBuild } from "../../builds/choose.js";
import { writeTinyModel } from "../../gguf/tinyModel.js";
import type { Runtime, SavedCells } from "../../runtime.js";
import { loadLlamaRuntime } from "../load.js";
import { nativeLlama } from "../native.js";
import type { KvType, LlamaRuntimeOptions } from "../options.js";
import { processorHas } from "../processor.js";
import { memoryOf } from "./cellRanges.js";

const native = nativeLlama((await chooseBuild("cpu")).build);
const fitting = process.arch === "x64" && processorHas(native, "AVX2");

const SEQUENCES = 3;
/** Enough for all positions of all sequences, which share no cells. */
const CELLS = 1024;
const CONTEXT = 320;

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-forward-"));
  path = join(folder, "tiny.gguf");
  writeTinyModel(path, { tokenizer: "spm", width: 128, quantised: "q4_1" });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const notes: string[] = [];
const load = (more: Partial<LlamaRuntimeOptions> = {}): Promise<Runtime> =>
  loadLlamaRuntime({
    ...{ path, maxSequences: SEQUENCES, contextLength: CONTEXT, cellCapacity: CELLS, batchCapacity: 56 },
    ...{ logitRows: 8, threads: 1, accelerator: "cpu", onNote: (event) => notes.push(event), ...more },
  });

const sequence = fc.nat(SEQUENCES - 1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), sequence, count: fc.nat(50) }) },
  fc.record({ kind: fc.constant("both" as const), count: fc.nat(17) }),
  fc.record({ kind: fc.constant("cut" as const), sequence, left: fc.nat(100) }),
  fc.record({ kind: fc.constant("fork" as const), sequence, target: sequence, count: fc.nat(100) }),
  fc.record({ kind: fc.constant("keep" as const), sequence, from: fc.nat(100) }),
  fc.record({ kind: fc.constant("part" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant("restore" as const), sequence, count: fc.nat(100) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const readFifty: Step = { kind: "read", sequence: 0, count: 49 };
/** A copy that goes into cells which no batch has reached yet. */
const BEYOND: Step[] = [
  ...Array.from({ length: 5 }, () => readFifty),
  { kind: "keep", sequence: 0, from: 0 },
  { kind: "restore", sequence: 1, count: 250 },
  { kind: "read", sequence: 1, count: 0 },
];

/** A runtime that follows steps, with how long each sequence is and one copy of cells. */
class Follower {
  readonly lengths = new Array<number>(SEQUENCES).fill(0);
  private readonly runtime: Runtime;
  private copy: { cells: SavedCells; from: number; to: number } | null = null;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** What every sequence that was read on says next. */
  follow(one: Step): Float32Array[] {
    const { runtime, lengths } = this;
    switch (one.kind) {
      case "read":
        return this.read([[one.sequence, one.count + 1]]);
      case "both":
        return this.read([0, 1, 2].map((which) => [which, one.count + 1]));
      case "cut":
        if (lengths[one.sequence] > one.left) {
          runtime.removeCells(one.sequence, one.left, -1);
          lengths[one.sequence] = one.left;
        }
        return [];
      case "fork": {
        const count = Math.min(one.count, lengths[one.sequence]);
        if (one.target === one.sequence) return [];
        runtime.removeCells(one.target, 0, -1);
        runtime.copyCells(one.sequence, one.target, 0, count);
        lengths[one.target] = count;
        return [];
      }
      case "keep":
        return this.keep(one.sequence, one.from);
      case "part":
        return this.keepPart(one.share);
      case "restore": {
        // A copy holds its positions from the first one only where it begins with 0.
        const { copy } = this;
        if (copy === null || copy.from > lengths[one.sequence]) return [];
        const to = Math.min(copy.to, copy.from + one.count);
        runtime.removeCells(one.sequence, copy.from, -1);
        if (to > copy.from) runtime.restoreCells(one.sequence, copy.cells, copy.from, to);
        lengths[one.sequence] = Math.max(copy.from, to);
        return [];
      }
    }
  }

  end(): void {
    this.copy?.cells.free();
    for (let which = 0; which < SEQUENCES; which++) this.runtime.removeCells(which, 0, -1);
  }

  private keep(which: number, from: number): Float32Array[] {
    const to = this.lengths[which];
    if (from >= to) return [];
    this.copy?.cells.free();
    this.copy = { cells: this.runtime.saveCells(which, from, to), from, to };
    return [];
  }

  private keepPart(share: number): Float32Array[] {
    const { copy } = this;
    const to = copy === null ? 0 : copy.from + Math.floor((copy.to - copy.from) * share);
    if (copy === null || to <= copy.from) return [];
    const part = this.runtime.savePart(copy.cells, copy.from, to);
    copy.cells.free();
    this.copy = { cells: part, from: copy.from, to };
    return [];
  }

  private read(parts: readonly (readonly [sequence: number, count: number])[]): Float32Array[] {
    const { runtime, lengths } = this;
    const rows: number[] = [];
    runtime.batchClear();
    for (const [which, wanted] of parts) {
      const count = Math.min(wanted, CONTEXT - lengths[which]);
      for (let i = 0; i < count; i++) {
        const at = lengths[which]++;
        const row = runtime.batchAdd(10 + ((at * 37 + which * 11) % 200), at, which, i === count - 1);
        if (row >= 0) rows.push(row);
      }
    }
    if (runtime.batchSize() === 0) return [];
    runtime.decode();
    return rows.map((row) => runtime.logits(row).slice());
  }
}

describe.runIf(fitting)("our forward pass", () => {
  it.each<[KvType, number]>([
    ["f16", 2],
    ["f16", 4],
    ["f32", 4],
  ])("says what the library's says, with cells of %s and %i heads for two of keys", async (kvType, heads) => {
    notes.length = 0;
    writeTinyModel(path, { tokenizer: "spm", width: 128, heads: [heads, 2], quantised: "q4_1" });
    const library = await load({ kvType });
    const ours = await load({ kvType, arrangedFolder: join(folder, "arranged"), arrangeAlways: true });
    expect(notes.filter((event) => event !== "weights_arranged")).toEqual([]);
    const perCell = library.memoryBytes().context / CELLS;
    expect(ours.memoryBytes().context).toBe(perCell * memoryOf(CELLS, SEQUENCES));
    expect({ ...ours.model }).toEqual({ ...library.model });
    try {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const [theirs, own] = [new Follower(library), new Follower(ours)];
          try {
            for (const one of steps) {
              const expected = theirs.follow(one);
              const rows = own.follow(one);
              expect(rows).toHaveLength(expected.length);
              rows.forEach((row, i) => {
                expect(distance(row, expected[i])).toBeLessThan(0.05);
              });
            }
          } finally {
            theirs.end();
            own.end();
          }
        }),
        { numRuns: 100, examples: [[BEYOND]] },
      );
    } finally {
      library.close();
      ours.close();
    }
  });

  it("gives the same logits after its graph was evicted", async () => {
    const ours = await load({ arrangedFolder: join(folder, "arranged"), arrangeAlways: true });
    try {
      const first = new Follower(ours);
      const expected = first.follow({ kind: "read", sequence: 0, count: 4 })[0];
      first.follow({ kind: "cut", sequence: 0, left: 0 });
      // More sizes than graphs are kept: 45 numbers of tokens, beside two numbers of cells.
      for (let count = 5; count < 50; count++) {
        for (const read of [[count], [49, 49, 49, count]]) {
          for (const each of read) first.follow({ kind: "read", sequence: 1, count: each });
          first.follow({ kind: "cut", sequence: 1, left: 0 });
        }
      }
      expect(first.follow({ kind: "read", sequence: 0, count: 4 })[0]).toEqual(expected);
      first.end();
    } finally {
      ours.close();
    }
  });

  it("names the number of cells when they run out", async () => {
    const ours = await load({
      ...{ arrangedFolder: join(folder, "arranged"), arrangeAlways: true, cellCapacity: 768 },
    });
    try {
      const fill = () => {
        for (let which = 0; which < 3; which++) {
          for (let at = 0; at < CONTEXT; at += 16) {
            ours.batchClear();
            for (let i = 0; i < 16; i++) ours.batchAdd(20, at + i, which, false);
            ours.decode();
          }
        }
      };
      expect(fill).toThrow(`No room for 16 more tokens among the 768 KV cells.`);
      ours.removeCells(0, 0, -1);
      ours.batchClear();
      ours.batchAdd(20, 0, 0, true);
      ours.decode();
      expect(ours.logits(0)).toHaveLength(ours.vocabulary.size);
    } finally {
      ours.close();
    }
  });
});

/** The largest difference between two rows, relative to the range of the second. */
function distance(a: Float32Array, b: Float32Array): number {
  let most = 0;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs(a[i] - b[i]));
    low = Math.min(low, b[i]);
    high = Math.max(high, b[i]);
  }
  return most / (high - low);
}
