import fc from "fast-check";
import { expect, it } from "vitest";
import { CELL_ALIGNMENT, CellRanges } from "./cellRanges.js";

const SEQUENCES = 6;
const CAPACITY = 2000;

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ sequence: fc.nat(SEQUENCES - 1), count: fc.integer({ min: 1, max: 300 }) }),
  },
  fc.record({ sequence: fc.nat(SEQUENCES - 1), left: fc.nat(300) }),
);

it("keeps every sequence in a range of its own, with what it holds, whatever is added and removed", () => {
  let moves = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), (steps) => {
      const memory: (string | undefined)[] = [];
      const ranges = new CellRanges(CAPACITY, SEQUENCES, (from, to, count) => {
        moves++;
        const held = memory.slice(from, from + count);
        for (let i = 0; i < count; i++) memory[to + i] = held[i];
      });
      const lengths = new Array<number>(SEQUENCES).fill(0);
      for (const one of steps) {
        const { sequence } = one;
        const before = lengths[sequence];
        const used = lengths.reduce((sum, length) => sum + length);
        if ("count" in one) {
          expect(ranges.hasRoom(one.count)).toBe(used + one.count <= CAPACITY);
          if (used + one.count > CAPACITY) continue;
          ranges.extend(sequence, one.count);
          lengths[sequence] += one.count;
          for (let i = before; i < lengths[sequence]; i++)
            memory[ranges.start(sequence) + i] = `${sequence} ${i}`;
        } else {
          ranges.truncate(sequence, one.left);
          lengths[sequence] = Math.min(before, one.left);
        }
        lengths.forEach((length, other) => {
          const start = ranges.start(other);
          expect(ranges.length(other)).toBe(length);
          expect(start % CELL_ALIGNMENT).toBe(0);
          expect(start + length).toBeLessThanOrEqual(ranges.size);
          const held = memory.slice(start, start + length);
          expect(held.findIndex((one, i) => one !== `${other} ${i}`)).toBe(-1);
        });
      }
    }),
    { numRuns: 100 },
  );
  expect(moves).toBeGreaterThan(100);
});
