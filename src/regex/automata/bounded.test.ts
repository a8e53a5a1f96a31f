import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern } from "../pattern.js";
import { boundedPattern } from "./bounded.js";
import { intersect, lengthBetween } from "./operations.js";

const COUNTED = [
  "^.{1,255}$",
  "^[a-z]{40}$",
  "^[a-z][a-z0-9-]{0,62}$",
  "^([a-z]{3,100})$",
  "^(?:ab|cd){5,40}e$",
  "^x(?:[^]{1,50})y?$",
  "^(?=.{2,64}$)[a-z]+\\.[a-z]+$",
  "^(?=.{2,64}$)(?=.{1,50}$)(?=.*\\d)(?!.*--).*$",
  "^a{40,}$",
  "^[^]{0,100}$",
  "^.{1,255}",
  ".{1,255}$",
  "^.{1,255}$|^-$",
  "^.{1,255}\\b$",
  "^(?:a|bc){1,99}$",
  "^a{1,40}b{1,40}$",
  "^(?=.{1,255})a$",
  "^(?!.{1,255}$)",
  "^[a-z]{1,8}$",
];

test.each(COUNTED)("%s: the automaton within the length is the whole language", (source) => {
  const { automaton, minLength, maxLength } = boundedPattern(source);
  const whole = compilePattern(source);
  const again = intersect(automaton, lengthBetween(minLength, maxLength));
  // Least automata of one language are alike up to the numbers of their states.
  expect(again.stateCount).toBe(whole.stateCount);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."ab1c-.\n😀"), maxLength: 70 }),
      fc.nat(300),
      (text, count) => {
        for (const each of [text, "a".repeat(count), "ab".repeat(count >> 1), `${text}e`]) {
          expect(again.matches(each)).toBe(whole.matches(each));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("what counts and little else takes few states", () => {
  for (const source of [COUNTED[0], ...COUNTED.slice(2, 5)])
    expect(boundedPattern(source).automaton.stateCount).toBeLessThan(20);
  const { automaton, minLength, maxLength } = boundedPattern("^[\\p{L}\\p{N} _-]{1,255}$");
  expect([minLength, maxLength, automaton.matches("Ünï 1")]).toEqual([1, 255, true]);
  expect(() => compilePattern("^[\\p{L}\\p{N} _-]{1,255}$")).toThrow();
});

test("other patterns are left as they are", () => {
  for (const source of ["^a+$", "^[a-z]{1,8}$", "a", "^.{1,255}$|b"]) {
    expect(boundedPattern(source)).toEqual({
      automaton: compilePattern(source),
      minLength: 0,
      maxLength: Number.POSITIVE_INFINITY,
    });
  }
  expect(boundedPattern("^.{1,255}$")).toBe(boundedPattern("^.{1,255}$"));
});
