import { expect, test } from "vitest";
import { literals } from "./automata/operations.js";
import { AutomatonCache } from "./cache.js";
import { buildPattern, compilePattern } from "./pattern.js";

test("the least recently used go first, and the bytes stay within the limit", () => {
  const automata = Array.from({ length: 50 }, (_, i) => buildPattern(`^a{${i}}$`));
  const limit = 10 * (automata[49].byteLength + 600);
  const cache = new AutomatonCache(limit);
  automata.forEach((automaton, i) => {
    cache.set(`${i}`, automaton);
    expect(cache.get("0")).toBe(automata[0]);
    expect(cache.byteLength).toBeLessThanOrEqual(limit);
  });
  expect(cache.get("1")).toBeUndefined();
  expect(cache.get("49")).toBe(automata[49]);
});

test("what is larger than the whole is not kept", () => {
  const cache = new AutomatonCache(1000);
  cache.set("large", buildPattern("^a{100}$"));
  expect(cache.get("large")).toBeUndefined();
  expect(cache.byteLength).toBe(0);
});

test("an entry is built once", () => {
  const cache = new AutomatonCache(1 << 20);
  const first = cache.take("key", () => literals(["a"]));
  expect(cache.take("key", () => literals(["b"]))).toBe(first);
  const size = cache.byteLength;
  cache.set("key", literals(["c"]));
  expect([cache.get("key"), cache.byteLength]).toEqual([first, size]);
});

test("patterns are shared by source and limit", () => {
  expect(compilePattern("^shared$")).toBe(compilePattern("^shared$"));
  expect(() => compilePattern("^shared$", { states: 3 })).toThrow();
});
