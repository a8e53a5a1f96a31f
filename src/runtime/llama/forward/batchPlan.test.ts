import fc from "fast-check";
import { expect, it } from "vitest";
import { TokenBatch } from "../tokenBatch.js";
import { BatchPlan } from "./batchPlan.js";
import { CellRanges } from "./cellRanges.js";

const SEQUENCES = 5;
const CAPACITY = 64;

const run = fc.record({
  sequence: fc.nat(SEQUENCES - 1),
  count: fc.integer({ min: 1, max: 20 }),
  wants: fc.boolean(),
});

it("computes every token once, in segments of successive tokens that see all cells up to their own", () => {
  fc.assert(
    fc.property(fc.array(fc.array(run, { minLength: 1, maxLength: 6 }), { maxLength: 8 }), (batches) => {
      const ranges = new CellRanges(4096, SEQUENCES, () => {});
      const plan = new BatchPlan(CAPACITY);
      const batch = new TokenBatch(CAPACITY, { tokens: 10, sequences: SEQUENCES, rows: CAPACITY });
      const lengths = new Array<number>(SEQUENCES).fill(0);
      const keys = new Map<string, string>();
      try {
        for (const runs of batches) {
          batch.clear();
          for (const { sequence, count, wants } of runs) {
            for (let i = 0; i < count && batch.count < CAPACITY; i++)
              batch.add(1, lengths[sequence]++, sequence, wants);
          }
          plan.read(batch, ranges);
          const order = [...plan.order.subarray(0, batch.count)];
          expect([...order].sort((a, b) => a - b)).toEqual(order.map((_, i) => i));
          let at = 0;
          for (const { tokens, cells } of plan.segments) {
            const [first, last] = [order[at], order[at + tokens - 1]];
            expect(batch.sequences[first]).toBe(batch.sequences[last]);
            expect(batch.positions[last] - batch.positions[first]).toBe(tokens - 1);
            expect(cells).toBeGreaterThan(batch.positions[last]);
            expect(cells).toBeLessThanOrEqual(ranges.size);
            at += tokens;
          }
          expect(at).toBe(batch.count);
          const rows = order.map((_, i) => i).filter((i) => batch.wanted[i] !== 0);
          expect(rows.map((i) => plan.rowOf[i])).toEqual(rows.map((_, row) => row));
          // One key, one graph.
          const segments = JSON.stringify(plan.segments);
          expect(keys.get(plan.key) ?? segments).toBe(segments);
          keys.set(plan.key, segments);
        }
      } finally {
        batch.free();
      }
    }),
    { numRuns: 100 },
  );
});

it("rejects a token that does not follow its sequence", () => {
  const ranges = new CellRanges(256, 1, () => {});
  const batch = new TokenBatch(4, { tokens: 10, sequences: 1, rows: 4 });
  batch.add(1, 3, 0, true);
  expect(() => new BatchPlan(4).read(batch, ranges)).toThrow(
    "Sequence 0 has 0 positions; position 3 does not follow.",
  );
  batch.free();
});
