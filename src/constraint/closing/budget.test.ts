import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../types.js";
import { compileSchema } from "../compile.js";
import type { CompileOptions } from "../grammar.js";
import type { Matcher } from "../matcher.js";
import { allowedTokens, smallVocabulary } from "../testing/smallVocabulary.js";

const vocabulary = smallVocabulary();

const SCHEMAS: Record<string, JsonSchema> = {
  "a free string": { type: "string" },
  "a bounded string": { type: "string", minLength: 3, maxLength: 9 },
  "a patterned string": { type: "string", pattern: "^(ab|c[é中])*b$" },
  "a pattern with a length": { type: "string", pattern: "^(ab|c)*$", minLength: 7, maxLength: 30 },
  "strings beside each other": { enum: ["a", "aab", "aaaaaaaa", "é💩"] },
  numbers: { type: "number", minimum: 3, maximum: 1000 },
  "a long number": { type: "integer", minimum: 100000 },
  "listed numbers": { enum: [1, 12, 1200, 0.5, -3] },
  nesting: {
    type: "object",
    properties: {
      a: { type: "array", items: { type: "array", items: { type: "string" } }, minItems: 2 },
      b: {
        type: "object",
        properties: { a: { type: "integer" }, aa: { const: true } },
        required: ["a", "aa"],
      },
    },
    required: ["a"],
  },
  recursion: {
    $defs: {
      n: { type: "object", properties: { a: { $ref: "#/$defs/n" }, b: { type: "null" } }, required: ["b"] },
    },
    $ref: "#/$defs/n",
  },
  "patterned keys": {
    type: "object",
    patternProperties: { "^a": { type: "array", minItems: 3 }, "^b": { type: "null" } },
    additionalProperties: false,
    minProperties: 2,
  },
  "values that differ": {
    type: "array",
    items: { enum: ["a", "aa", "b", "ab", 12] },
    uniqueItems: true,
    minItems: 3,
  },
  "items that differ, of any text": {
    type: "array",
    items: { type: "string" },
    uniqueItems: true,
    minItems: 3,
  },
  "numbers that differ": { type: "array", items: { type: "number" }, uniqueItems: true, minItems: 3 },
  "any names, so many": { type: "object", minProperties: 3 },
  "names of a pattern, so many": {
    propertyNames: { pattern: "^[ab]{1,3}$" },
    type: "object",
    minProperties: 2,
  },
  "objects that differ": {
    type: "array",
    items: { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
    uniqueItems: true,
    minItems: 2,
  },
  "not one object": { type: "object", not: { const: { a: 1 } } },
  "patterns beside each other": {
    anyOf: [
      { type: "string", pattern: "^a+b$" },
      { type: "string", pattern: "^[ab]{2,5}$" },
      { enum: ["abb", "c"] },
    ],
  },
  "texts ruled out": { type: "string", maxLength: 5, not: { enum: ["a", "aa", ""] } },
  "lengths beside each other": {
    oneOf: [
      { type: "string", maxLength: 3 },
      { type: "string", minLength: 2 },
    ],
  },
  "formats and numbers": { anyOf: [{ format: "ipv4" }, { format: "date-time" }], type: ["string", "number"] },
  "a long string": { type: "string", minLength: 40 },
  "members with other names": {
    type: "object",
    properties: { aa: { type: "string" }, ab: { type: "string" } },
    required: ["ab"],
  },
  anything: true,
};

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** Each token of the mask tried: how many more the way to the end takes after it. */
function reference(matcher: Matcher): Map<number, number> {
  const mask = new Uint32Array(vocabulary.maskWords);
  matcher.fillMask(mask);
  // The way from here on counts for the token that it begins with.
  matcher.closingTokens();
  const counts = new Map<number, number>();
  for (const token of allowedTokens(mask, vocabulary.size)) {
    if (vocabulary.isEnd(token)) counts.set(token, 0);
    else if (matcher.accept(token)) {
      counts.set(token, matcher.tokensToEnd());
      matcher.rollback(1);
    }
  }
  return counts;
}

const OPTIONS: CompileOptions[] = [{ maxWhitespace: 0, numbers: "plain" }, { maxWhitespace: 3 }];

describe.each(OPTIONS)("masks within a budget, $numbers numbers", (options) => {
  test.each(Object.entries(SCHEMAS))("hold what leaves a way: %s", (_, schema) => {
    const grammar = compileSchema(schema, options);
    const mask = new Uint32Array(vocabulary.maskWords);
    const choose = random(7);
    for (let walk = 0; walk < 3; walk++) {
      const matcher = grammar.matcher(vocabulary);
      for (let step = 0; step < 8; step++) {
        const least = matcher.tokensToEnd();
        const counts = reference(matcher);
        for (const more of [0, 1, 2, 3, 5, 9]) {
          const remaining = least + more;
          if (remaining === 0) continue;
          matcher.fillMask(mask, remaining);
          const within = [...counts].filter(([, count]) => count <= remaining - 1);
          expect(allowedTokens(mask, vocabulary.size)).toEqual(within.map(([token]) => token));
        }
        matcher.fillMask(mask);
        const allowed = allowedTokens(mask, vocabulary.size).filter((token) => !vocabulary.isEnd(token));
        if (allowed.length === 0) break;
        expect(matcher.accept(allowed[choose(allowed.length)])).toBe(true);
      }
    }
  });

  test.each(Object.entries(SCHEMAS))("end in time from the least budget on: %s", (_, schema) => {
    const grammar = compileSchema(schema, options);
    const mask = new Uint32Array(vocabulary.maskWords);
    const first = grammar.matcher(vocabulary).tokensToEnd();
    for (const more of [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 20, 40]) {
      const budget = first + more;
      const choose = random(budget + 1);
      const matcher = grammar.matcher(vocabulary);
      const taken: number[] = [];
      for (let remaining = budget; ; remaining--) {
        matcher.fillMask(mask, remaining);
        const allowed = allowedTokens(mask, vocabulary.size);
        expect(allowed.length, `${budget}: ${Buffer.from(vocabulary.bytesOf(taken))}`).toBeGreaterThan(0);
        const token = allowed[choose(allowed.length)];
        expect(matcher.accept(token)).toBe(true);
        if (vocabulary.isEnd(token)) break;
        taken.push(token);
      }
      expect(taken.length).toBeLessThanOrEqual(budget);
      expect(grammar.accepts(Buffer.from(vocabulary.bytesOf(taken)).toString())).toBe(true);
    }
  });
});

test("without a budget to spare a whole document can only end", () => {
  const matcher = compileSchema({ type: "integer" }, { maxWhitespace: 4 }).matcher(vocabulary);
  matcher.accept("7".charCodeAt(0));
  const mask = new Uint32Array(vocabulary.maskWords);
  matcher.fillMask(mask, 0);
  expect(allowedTokens(mask, vocabulary.size)).toEqual([vocabulary.eos]);
});

test("tokens that complete another name than the one begun are counted for themselves", () => {
  const schema = { oneOf: ["r0", "r1", "r2"].map((name) => ({ type: "object", required: [name] })) };
  const matcher = compileSchema(schema, { numbers: "plain" }).matcher(vocabulary);
  const mask = new Uint32Array(vocabulary.maskWords);
  for (const byte of Buffer.from('{"r1')) {
    expect(matcher.accept(byte)).toBe(true);
    const counts = reference(matcher);
    for (const remaining of [0, 1, 2, 5, 9].map((more) => matcher.tokensToEnd() + more)) {
      matcher.fillMask(mask, remaining);
      const within = [...counts].filter(([, count]) => count <= remaining - 1);
      expect(allowedTokens(mask, vocabulary.size)).toEqual(within.map(([token]) => token));
    }
  }
});
