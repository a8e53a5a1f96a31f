import fc from "fast-check";
import { expect, it } from "vitest";
import { compilePattern, wellFormed } from "../../regex/index.js";
import { type Content, contentOf } from "./content.js";
import { indistinguishable } from "./equivalence.js";

const PATTERNS = [
  "",
  "^a{3,9}$",
  "^([a-z]{2} ){4}$",
  "(ab|b)c",
  "^.{5}$",
  "^(a|bb|ccc){2,6}d?$",
  "^(?!b).{2,7}x",
];

/** The same by definition: round by round, all states. */
function refined({ stateCount, classCount, next, label }: Content, length: number): number[] {
  const numbered = (keys: readonly string[]) => {
    const distinct = [...new Set(keys)];
    return keys.map((key) => distinct.indexOf(key));
  };
  let classes = numbered(Array.from(label, (value, state) => (state === 0 ? "dead" : String(value))));
  for (let round = 0; round < length; round++) {
    const key = (state: number) =>
      [
        classes[state],
        ...Array.from({ length: classCount }, (_, c) => classes[next[state * classCount + c]]),
      ].join();
    classes = numbered(Array.from({ length: stateCount }, (_, state) => key(state)));
  }
  return classes;
}

it("parts states exactly where a text of up to the length tells them apart", () => {
  const contents = PATTERNS.map((pattern) => contentOf(wellFormed(compilePattern(pattern))));
  fc.assert(
    fc.property(fc.constantFrom(...contents), fc.nat(12), (content, length) => {
      const found = indistinguishable(content, length);
      const expected = refined(content, length);
      const pairs = new Set(expected.map((one, state) => `${one} ${found[state]}`));
      expect(pairs.size).toBe(new Set(expected).size);
      expect(pairs.size).toBe(new Set(found).size);
    }),
  );
});
