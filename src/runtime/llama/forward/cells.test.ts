import fc from "fast-check";
import { expect, it } from "vitest";
import { CellTable, HIDDEN, SEEN } from "./cells.js";

const SEQUENCES = 40;
const CAPACITY = 24;

const sequence = fc.nat(SEQUENCES - 1);
const range = fc.tuple(fc.nat(12), fc.nat(12)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const step = fc.oneof(
  fc.record({ kind: fc.constant("take" as const), sequence, count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("remove" as const), sequence, range }),
  fc.record({ kind: fc.constant("share" as const), sequence, target: sequence, range }),
);

it("is a table of positions and owners, whatever is taken, shared and removed", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = new CellTable(CAPACITY, SEQUENCES);
      const cells = Array.from({ length: CAPACITY }, () => ({ position: -1, owners: new Set<number>() }));
      const held = (owner: number, [from, to]: readonly [number, number]) =>
        cells.filter(({ position, owners }) => owners.has(owner) && position >= from && position < to);
      for (const one of steps) {
        if (one.kind === "take") {
          const free = cells.flatMap(({ owners }, cell) => (owners.size === 0 ? [cell] : []));
          const found = new Int32Array(one.count);
          expect(table.find(found, one.count)).toBe(free.length >= one.count);
          if (free.length < one.count) continue;
          expect([...found]).toEqual(free.slice(0, one.count));
          [...found].forEach((cell, position) => {
            table.take(cell, one.sequence, position);
            cells[cell] = { position, owners: new Set([one.sequence]) };
          });
        } else if (one.kind === "remove") {
          for (const { owners } of held(one.sequence, one.range)) owners.delete(one.sequence);
          table.remove(one.sequence, ...one.range);
        } else {
          for (const { owners } of held(one.sequence, one.range)) owners.add(one.target);
          table.share(one.sequence, one.target, ...one.range);
        }
        expect(table.end).toBe(cells.findLastIndex(({ owners }) => owners.size > 0) + 1);
        const all = held(one.sequence, [0, 100]).sort((a, b) => a.position - b.position);
        const listed = [...table.list(one.sequence, 0, 100)].map((cell) => cells[cell]);
        expect(listed.map(({ position }) => position)).toEqual(all.map(({ position }) => position));
        const row = new Uint16Array(CAPACITY + 1);
        table.maskRow(row, 1, CAPACITY, one.sequence, 3);
        const seen = held(one.sequence, [0, 4]);
        expect([...row.subarray(1)]).toEqual(cells.map((cell) => (seen.includes(cell) ? SEEN : HIDDEN)));
      }
    }),
    { numRuns: 300 },
  );
});
