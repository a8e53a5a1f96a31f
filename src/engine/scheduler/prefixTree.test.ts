import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScriptedRuntime, type Runtime } from "../../runtime/index.js";
import { CellBook } from "./cells.js";
import { PrefixTree } from "./prefixTree.js";

const CELLS = 64;

/** A tree over a runtime whose row 0 reads prompts and whose row 1 takes what is kept. */
class Bench {
  readonly runtime: Runtime;
  readonly cells: CellBook;
  readonly tree: PrefixTree;

  constructor(capacity: number, cellCapacity = CELLS, keptPieces = 0) {
    this.runtime = createScriptedRuntime({ maxSequences: 2, contextLength: CELLS, cellCapacity, keptPieces });
    this.cells = new CellBook(this.runtime);
    this.tree = new PrefixTree(this.cells, capacity);
  }

  /** Reads `tokens` at the end of `row`; the logits after the last. */
  read(row: number, tokens: ArrayLike<number>): number[] {
    const from = this.cells.length(row);
    this.runtime.batchClear();
    let logits = -1;
    for (let i = 0; i < tokens.length; i++) {
      logits = this.runtime.batchAdd(tokens[i], from + i, row, i === tokens.length - 1);
    }
    this.cells.extend(row, tokens.length);
    this.runtime.decode();
    return [...this.runtime.logits(logits).slice(0, 8)];
  }

  /** A request that reads `prompt` and leaves it behind. */
  keep(prompt: readonly number[]): void {
    this.read(0, prompt);
    this.tree.keep(Int32Array.from(prompt), prompt.length, 0);
    this.cells.truncate(0, 0);
  }

  match(prompt: readonly number[]): number {
    return this.tree.match(Int32Array.from(prompt), prompt.length).length;
  }
}

const commonLength = (left: readonly number[], right: readonly number[]): number => {
  let i = 0;
  while (i < left.length && i < right.length && left[i] === right[i]) i++;
  return i;
};

const prompts = fc.array(fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 2, maxLength: 12 }), {
  minLength: 1,
  maxLength: 8,
});

describe("kept prefixes", () => {
  it("are the longest, and give the logits of a prompt that was read", () => {
    fc.assert(
      fc.property(prompts, prompts, (kept, asked) => {
        const bench = new Bench(1000);
        for (const prompt of kept) bench.keep(prompt);
        for (const prompt of asked) {
          const limit = prompt.length - 1;
          const match = bench.tree.match(Int32Array.from(prompt), limit);
          const longest = Math.max(...kept.map((one) => commonLength(one, prompt.slice(0, limit))));
          expect(match.length).toBe(longest);
          bench.tree.restore(match, 1);
          expect(bench.cells.length(1)).toBe(longest);
          const restored = bench.read(1, prompt.slice(longest));
          bench.cells.truncate(1, 0);
          const alone = bench.read(0, prompt);
          bench.cells.truncate(0, 0);
          expect(restored).toEqual(alone);
        }
        expect(bench.cells.freeCells).toBe(CELLS);
        bench.tree.clear();
        expect(bench.tree.tokens).toBe(0);
        expect(bench.runtime.memoryBytes().context).toBe(0);
      }),
    );
  });

  it("stay within their bound, whatever comes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), prompts, (capacity, kept) => {
        const bench = new Bench(capacity);
        for (const prompt of kept) {
          bench.keep(prompt);
          expect(bench.tree.tokens).toBeLessThanOrEqual(capacity);
          if (prompt.length * 2 <= capacity) expect(bench.match(prompt)).toBe(prompt.length);
        }
        bench.tree.clear();
        expect(bench.runtime.memoryBytes().context).toBe(0);
      }),
    );
  });

  it("are saved once where prompts share them", () => {
    const bench = new Bench(1000);
    const shared = [1, 2, 3, 4, 5, 6, 7, 8];
    bench.keep([...shared, 11, 12]);
    bench.keep([...shared, 21, 22]);
    expect(bench.tree.tokens).toBe(8 + 2 + 2);
    bench.keep([...shared, 31, 32]);
    bench.keep([...shared, 31, 32]);
    bench.keep([...shared, 31]);
    expect(bench.tree.tokens).toBe(8 + 2 + 2 + 2);
  });

  it("are dropped where there is no room to cut them", () => {
    const bench = new Bench(100, 12);
    bench.keep([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    bench.read(0, [1, 2, 3, 4, 15, 16]);
    bench.tree.keep(Int32Array.of(1, 2, 3, 4, 15, 16), 6, 0);
    bench.cells.truncate(0, 0);
    expect(bench.tree.tokens).toBe(6);
    expect(bench.match([1, 2, 3, 4, 5, 6])).toBe(4);
    expect(bench.match([1, 2, 3, 4, 15, 16])).toBe(6);
  });

  it("go least recently used first, the ends before what others continue", () => {
    const bench = new Bench(12);
    bench.keep([1, 1, 1, 1, 5, 5]);
    bench.keep([1, 1, 1, 1, 6, 6]);
    bench.keep([2, 2, 2, 2]);
    expect(bench.tree.tokens).toBe(12);
    bench.tree.restore(bench.tree.match(Int32Array.of(1, 1, 1, 1, 5, 5), 6), 1);
    bench.cells.truncate(1, 0);
    bench.keep([3, 3]);
    expect(bench.match([1, 1, 1, 1, 6, 6])).toBe(4);
    expect(bench.match([1, 1, 1, 1, 5, 5])).toBe(6);
    expect(bench.match([2, 2, 2, 2])).toBe(4);
  });

  it("are used as far as whole copies find room", () => {
    const bench = new Bench(100, 12);
    bench.keep([1, 2, 3, 4]);
    bench.keep([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    bench.read(0, [7, 7, 7]);
    const match = bench.tree.match(Int32Array.of(1, 2, 3, 4, 5, 6, 7), 7);
    expect(match.length).toBe(7);
    bench.tree.restore(match, 1);
    expect(bench.cells.length(1)).toBe(7);
    bench.cells.truncate(1, 0);
    bench.read(0, [7]);
    bench.tree.restore(match, 1);
    expect(bench.cells.length(1)).toBe(4);
  });
});

describe("prefixes kept among the cells", () => {
  it("give the logits of a prompt that was read, and take no cells but their own", () => {
    fc.assert(
      fc.property(prompts, prompts, (kept, asked) => {
        const cells = 256;
        const bench = new Bench(1000, cells, 64);
        for (const prompt of kept) bench.keep(prompt);
        const prefixes = new Set(kept.flatMap((one) => one.map((_, i) => one.slice(0, i + 1).join())));
        expect(bench.cells.freeCells).toBe(cells - prefixes.size);
        expect(bench.cells.spareCells).toBe(cells);
        for (const prompt of asked) {
          const limit = prompt.length - 1;
          const match = bench.tree.match(Int32Array.from(prompt), limit);
          expect(match.length).toBe(
            Math.max(...kept.map((one) => commonLength(one, prompt.slice(0, limit)))),
          );
          const free = bench.cells.freeCells;
          bench.tree.restore(match, 1);
          expect(bench.cells.freeCells).toBe(free);
          expect(bench.cells.spareCells).toBe(cells - match.length);
          const restored = bench.read(1, prompt.slice(match.length));
          bench.cells.truncate(1, 0);
          const alone = bench.read(0, prompt);
          bench.cells.truncate(0, 0);
          expect(restored).toEqual(alone);
        }
        bench.tree.clear();
        expect(bench.cells.freeCells).toBe(cells);
        expect(bench.runtime.memoryBytes().context).toBe(0);
      }),
    );
  });

  it("never are more pieces than the runtime holds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), prompts, (pieces, kept) => {
        // The runtime throws at one too many.
        const bench = new Bench(1000, 256, pieces);
        for (const prompt of kept) bench.keep(prompt);
        expect(bench.match(kept[0])).toBeLessThanOrEqual(kept[0].length);
        while (bench.tree.dropOldest());
        expect(bench.cells.freeCells).toBe(256);
      }),
    );
  });
});
