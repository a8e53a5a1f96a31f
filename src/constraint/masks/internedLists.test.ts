import fc from "fast-check";
import { expect, it } from "vitest";
import { InternedLists, InternedSets } from "./internedLists.js";

const numbers = fc.array(fc.nat(3), { maxLength: 5 });

it("equal lists and sets are one object, others are not", () => {
  const lists = new InternedLists();
  const sets = new InternedSets();
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const isEqual = a.join() === b.join();
      expect(lists.of(a)).toEqual(a);
      expect(lists.of(a) === lists.of(b)).toBe(isEqual);
      expect(sets.of(Uint32Array.from(a)) === sets.of(Uint32Array.from(b))).toBe(isEqual);
    }),
  );
});

it("a list that has been given out does not change with the one it was made from", () => {
  const lists = new InternedLists();
  const filled = [1, 2];
  const kept = lists.of(filled);
  filled.push(3);
  expect(kept).toEqual([1, 2]);
});

it("what is kept is bounded: lists beyond are forgotten, and made anew", () => {
  const lists = new InternedLists();
  const first = lists.of([1, 2, 3]);
  const long = Array.from({ length: 1 << 20 }, (_, i) => i);
  lists.of(long);
  expect(lists.of([1, 2, 3])).toBe(first);
  lists.of(long.toReversed());
  expect(lists.of([1, 2, 3])).not.toBe(first);
});

it("sets that are told to be forgotten are", () => {
  const sets = new InternedSets();
  const set = Uint32Array.of(5);
  expect(sets.of(set)).toBe(set);
  sets.clear();
  expect(sets.of(Uint32Array.of(5))).not.toBe(set);
});
