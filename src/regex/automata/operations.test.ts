import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "../pattern.js";
import { type ByteAutomaton, INFINITE } from "./automaton.js";
import { acceptedCount, shortest } from "./measure.js";
import {
  compareIntersectionEmpty,
  complement,
  intersect,
  lengthBetween,
  literals,
  union,
  universal,
  wellFormed,
} from "./operations.js";

const SOURCES = [
  "",
  "[]",
  "^$",
  "a",
  "^a*b$",
  "^(?:ab|é)*$",
  "^.{1,3}$",
  "^[^a]{2}$",
  "€|😀$",
  "^(?!.*aa)",
  "\\bb",
  "^[\\ud800-\\udfff]*$",
  "^\\p{L}{1,2}$",
  "^(?:a|é|😀)(?:b|€)?$",
];

const automaton = fc.oneof(
  fc.constantFrom(...SOURCES).map((source) => compilePattern(source)),
  fc.array(fc.string({ unit: fc.constantFrom(..."abé€😀"), maxLength: 4 }), { maxLength: 5 }).map(literals),
  fc.tuple(fc.nat(3), fc.nat(4)).map(([min, more]) => lengthBetween(min, min + more)),
);
const text = fc
  .array(fc.constantFrom(..."abé€😀\n ", "\ud83d", "\ude00"), { maxLength: 6 })
  .map((parts) => parts.join(""));

/** States that no string of bytes tells apart, by the definition: pairs not told apart yet, round by round. */
function isLeast(a: ByteAutomaton): boolean {
  const block = Array.from(a.accepting);
  for (;;) {
    const keys = new Map<string, number>();
    const next = block.map((own, state) => {
      const row = Array.from({ length: a.classCount }, (_, c) => block[a.next[state * a.classCount + c]]);
      const key = `${own} ${row.join()}`;
      if (!keys.has(key)) keys.set(key, keys.size);
      return keys.get(key)!;
    });
    if (new Set(next).size === new Set(block).size) break;
    block.splice(0, block.length, ...next);
  }
  const reached = new Set([a.start]);
  for (const state of reached) for (let byte = 0; byte < 256; byte++) reached.add(a.step(state, byte));
  return new Set(block).size === a.stateCount && new Set([0, ...reached]).size === a.stateCount;
}

function distancesHold(a: ByteAutomaton): boolean {
  for (let state = 0; state < a.stateCount; state++) {
    let least = a.accepting[state] === 1 ? 0 : INFINITE;
    for (let byte = 0; byte < 256 && least > 0; byte++) {
      least = Math.min(least, a.distance[a.step(state, byte)] + 1, INFINITE);
    }
    if (least !== a.distance[state]) return false;
  }
  return a.distance[0] === INFINITE && a.distance.subarray(1).every((distance) => distance < a.stateCount);
}

describe("laws", () => {
  test("intersection, union and complement are those of sets", () => {
    fc.assert(
      fc.property(automaton, automaton, fc.array(text, { minLength: 15 }), (a, b, texts) => {
        const [both, either, not] = [intersect(a, b), union(a, b), complement(a)];
        for (const each of texts) {
          expect(both.matches(each)).toBe(a.matches(each) && b.matches(each));
          expect(either.matches(each)).toBe(a.matches(each) || b.matches(each));
          expect(not.matches(each)).toBe(!a.matches(each));
        }
        expect(compareIntersectionEmpty(a, b)).toBe(both.isEmpty);
        expect(compareIntersectionEmpty(a, not)).toBe(true);
        expect(union(a, not).isUniversal).toBe(true);
        expect(intersect(a, not).isEmpty).toBe(true);
        expect(complement(not).stateCount).toBe(a.stateCount);
      }),
      { numRuns: 100 },
    );
  });

  test("every automaton is the least of its language, its distances those of a breadth-first search", () => {
    fc.assert(
      fc.property(automaton, automaton, (a, b) => {
        for (const each of [a, intersect(a, b), union(a, b), complement(b), wellFormed(a)]) {
          expect(isLeast(each)).toBe(true);
          expect(distancesHold(each)).toBe(true);
          const found = shortest(each);
          expect(found === undefined).toBe(each.isEmpty);
          if (found === undefined) continue;
          expect(found.length).toBe(each.distance[each.start]);
          expect(each.accepting[found.reduce((state, byte) => each.step(state, byte), each.start)]).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("literals", () => {
  test("hold their strings and no others", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" }), { maxLength: 20 }),
        fc.string({ unit: "binary" }),
        (texts, other) => {
          const a = literals(texts);
          for (const each of texts) expect(a.matches(each)).toBe(true);
          expect(a.matches(other)).toBe(texts.includes(other));
          expect(acceptedCount(a, 1000)).toBe(new Set(texts).size);
        },
      ),
    );
  });

  test("agree with the bytes of the platform's encoder", () => {
    for (const each of ["", "abc", "é€😀", "\u07ff\u0800\uffff\u{10000}\u{10ffff}"]) {
      expect(shortest(literals([each]))).toEqual(new Uint8Array(Buffer.from(each)));
    }
  });
});

describe("lengthBetween", () => {
  test("counts code points", () => {
    fc.assert(
      fc.property(fc.nat(6), fc.option(fc.nat(4)), text, (min, more, each) => {
        const max = more === null ? Number.POSITIVE_INFINITY : min + more;
        const length = Array.from(each).length;
        expect(lengthBetween(min, max).matches(each)).toBe(length >= min && length <= max);
      }),
    );
    expect(lengthBetween(3, 2).isEmpty).toBe(true);
    expect(lengthBetween(0, Number.POSITIVE_INFINITY).isUniversal).toBe(true);
    expect(lengthBetween(5000, 5000).matches("😀".repeat(5000))).toBe(true);
    expect(() => lengthBetween(0, 10_000_000)).toThrow(expect.objectContaining({ reason: "too_large" }));
  });
});

describe("wellFormed", () => {
  test("drops lone surrogates alone", () => {
    const a = wellFormed(universal());
    fc.assert(
      fc.property(text, (each) => {
        expect(a.matches(each)).toBe(!/\p{Surrogate}/u.test(each));
      }),
    );
    expect(wellFormed(compilePattern("^[\\ud800-\\udfff]$")).isEmpty).toBe(true);
  });
});

describe("acceptedCount", () => {
  test.each([
    ["[]", 0],
    ["^$", 1],
    ["^[ab]{0,3}$", 15],
    ["^[\\u{80}-\\u{10ffff}]$", 0x110000 - 0x80],
    ["^\\d{3}(?:-\\d)?$", 11_000],
  ])("%s holds %i strings", (source, count) => {
    expect(acceptedCount(compilePattern(source), Number.POSITIVE_INFINITY)).toBe(count);
    expect(acceptedCount(compilePattern(source), 3)).toBe(Math.min(count, 3));
  });

  test("has no end where there is a loop", () => {
    for (const source of ["^a*$", "^b(?:ab)+$", ""]) {
      expect(acceptedCount(compilePattern(source), Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
      expect(acceptedCount(compilePattern(source), 7)).toBe(7);
    }
  });
});

describe("shortest", () => {
  test("prefers letters and digits", () => {
    const shortestText = (source: string): string =>
      Buffer.from(shortest(compilePattern(source))!).toString();
    expect(shortestText("^.{3}$")).toBe("aaa");
    expect(shortestText("^[^a-z]$")).toBe("0");
    expect(shortestText("^(?:é|[!€])$")).toBe("!");
    expect(shortestText("^\\d+-\\d+$")).toBe("0-0");
  });
});

test("limits hold for products", () => {
  const a = compilePattern("^(?:[ab]{3})*$");
  const b = compilePattern("^(?:[ab]{100})*$");
  expect(() => intersect(a, b, { states: 100 })).toThrow(expect.objectContaining({ reason: "too_large" }));
  expect(intersect(a, b, { states: 301 }).stateCount).toBe(301);
});
