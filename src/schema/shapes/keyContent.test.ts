import fc from "fast-check";
import { expect, test } from "vitest";
import { type Content, Fuel } from "../../grammar/index.js";
import { compilePattern } from "../../regex/index.js";
import { labelledProduct } from "./keyContent.js";

const PATTERNS = ["^a", "b$", "^[ab]*$", "ab", "^a?$", "c", "^x-", "é", "^.$", "^$"];
const names = fc.string({ unit: fc.constantFrom("a", "b", "c", "x", "-", "é"), maxLength: 6 });

function labelAfter({ start, next, classOf, classCount, label }: Content, name: string): number {
  let state = start;
  for (const byte of new TextEncoder().encode(name)) state = next[state * classCount + classOf[byte]];
  return label[state];
}

test("names get the label of the patterns that match them", () => {
  fc.assert(
    fc.property(
      fc.subarray(PATTERNS, { minLength: 1 }),
      fc.option(fc.constantFrom(...PATTERNS), { nil: undefined }),
      fc.array(names, { minLength: 5, maxLength: 20 }),
      (sources, limit, texts) => {
        const labels: string[] = [];
        const content = labelledProduct(
          sources.map((source) => compilePattern(source)),
          limit === undefined ? undefined : compilePattern(limit),
          10_000,
          (matched) => labels.push(matched.join()) - 1,
          Fuel.unlimited(),
        );
        for (const text of texts) {
          const label = labelAfter(content, text);
          const matched = sources.flatMap((source, i) => (new RegExp(source, "u").test(text) ? [i] : []));
          const mayStand = limit === undefined || new RegExp(limit, "u").test(text);
          expect([text, label < 0 ? undefined : labels[label]]).toEqual([
            text,
            mayStand ? matched.join() : undefined,
          ]);
        }
      },
    ),
  );
});

test("many patterns of which names follow a few cost no more than their letters", () => {
  const automata = Array.from({ length: 1000 }, (_, i) => compilePattern(`^x-${i}-`));
  const fuel = new Fuel({ compileWork: 3_000_000, stepWork: 1, memoryBytes: 1 });
  const content = labelledProduct(automata, undefined, 50_000, ([matched = -1]) => matched + 1, fuel);
  expect(labelAfter(content, "x-718-y")).toBe(719);
  expect(labelAfter(content, "x-1000-y")).toBe(0);
});
