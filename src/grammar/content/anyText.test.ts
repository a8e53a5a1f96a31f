import { expect, it } from "vitest";
import { compilePattern, wellFormed } from "../../regex/index.js";
import { isTotal } from "./anyText.js";
import { contentOf } from "./content.js";

it.each([
  ["", true],
  ["abc", true],
  ["é.*💩", true],
  ["^[^]{2,5}", true],
  ["^.*$", false],
  ["^[^a]*$", false],
  ["^[^é]*$", false],
  ["^[^💩]*$", false],
  ["^[^]{3}$", false],
])("from the start of /%s/ on any text can be read: %s", (pattern, expected) => {
  const content = contentOf(wellFormed(compilePattern(pattern)));
  expect(isTotal(content, content.start)).toBe(expected);
});

it("is told of each state for itself, in whatever order they are asked for", () => {
  // Any text, until an "a" has come: then nothing but a "b".
  const { start, next, classCount, classOf, ...rest } = contentOf(wellFormed(compilePattern("^[^a]*(ab)?$")));
  const after = next[start * classCount + classOf["a".charCodeAt(0)]];
  const content = { start, next, classCount, classOf, ...rest };
  expect([isTotal(content, after), isTotal(content, start)]).toEqual([false, false]);
  const free = contentOf(wellFormed(compilePattern("a[^]*b")));
  const states = Array.from({ length: free.stateCount - 1 }, (_, i) => i + 1);
  const forwards = states.map((state) => isTotal(free, state));
  const again = contentOf(wellFormed(compilePattern("a[^]*b")));
  expect(
    states
      .toReversed()
      .map((state) => isTotal(again, state))
      .toReversed(),
  ).toEqual(forwards);
  expect(new Set(forwards)).toEqual(new Set([true, false]));
});
