import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedCache } from "./boundedCache.js";

test("the least recently used goes first", () => {
  const cache = new BoundedCache<number>({ maxEntries: 2, maxBytes: 100 });
  cache.set("a", 1, 1);
  cache.set("b", 2, 1);
  cache.get("a");
  cache.set("c", 3, 1);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
});

const operation = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    bytes: fc.nat({ max: 12 }),
  }),
  fc.record({
    kind: fc.constantFrom("get" as const, "delete" as const),
    key: fc.constantFrom("a", "b", "c"),
    bytes: fc.constant(0),
  }),
);

test("holds what a list in the order of use would hold", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 4 }),
      fc.nat({ max: 20 }),
      fc.array(operation),
      (maxEntries, maxBytes, calls) => {
        const cache = new BoundedCache<number>({ maxEntries, maxBytes });
        let kept: { key: string; value: number; bytes: number }[] = [];
        calls.forEach((call, value) => {
          const { key } = call;
          const known = kept.find((entry) => entry.key === key);
          if (call.kind === "get") {
            expect(cache.get(key)).toBe(known?.value);
            if (known !== undefined) kept = [...kept.filter((entry) => entry !== known), known];
            return;
          }
          kept = kept.filter((entry) => entry.key !== key);
          if (call.kind === "delete") cache.delete(key);
          else {
            cache.set(key, value, call.bytes);
            if (call.bytes <= maxBytes) kept.push({ key, value, bytes: call.bytes });
          }
          while (kept.length > maxEntries || kept.reduce((sum, { bytes }) => sum + bytes, 0) > maxBytes)
            kept.shift();
          expect(cache.size).toBe(kept.length);
          expect(cache.bytes).toBe(kept.reduce((sum, { bytes }) => sum + bytes, 0));
        });
      },
    ),
  );
});
