import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../types.js";
import { compileSchema } from "./compile.js";
import { allowedTokens, smallVocabulary } from "./testing/smallVocabulary.js";

const vocabulary = smallVocabulary();
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/** Beginnings that stop within escapes, pairs and characters of several bytes. */
const BEGINNINGS = [
  '"\\ud83d',
  '"\\ud83d\\',
  '"\\ud83d\\u',
  '"\\ud83d\\ud',
  '"\\u',
  '"\\ud',
  '"a\\ud83d',
  '"\\ud83d\\ude',
];
const BYTES = [[0xf0], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0xe3], [0xe3, 0x81], [0xed], [0xed, 0x95], [0xc3]];

function bytesOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

const STARTS = [...BEGINNINGS.map(bytesOf), ...BYTES.map((bytes) => [0x22, ...bytes])];
const LENGTHS = [
  {},
  { maxLength: 1 },
  { maxLength: 2 },
  { minLength: 1, maxLength: 1 },
  { minLength: 2 },
  { minLength: 100, maxLength: 400 },
  { minLength: 30, pattern: "^[\\s\\S]*$" },
  { pattern: "^[\\s\\S]{3,}$" },
  { minLength: 20, pattern: "^([aé💩中]|한)*$" },
];

describe.each(["all", "plain"] as const)("strings written with %s numbers", (numbers) => {
  test.each(LENGTHS)("can be ended from inside each character: %o", (bounds) => {
    const grammar = compileSchema({ type: "string", ...bounds }, { numbers, maxWhitespace: 0 });
    const mask = new Uint32Array(vocabulary.maskWords);
    for (const start of STARTS) {
      const matcher = grammar.matcher(vocabulary);
      const taken: number[] = [];
      for (const byte of start) {
        matcher.fillMask(mask);
        const allowed = allowedTokens(mask, vocabulary.size);
        expect(allowed.length).toBeGreaterThan(0);
        if (!allowed.includes(byte)) break;
        expect(matcher.accept(byte)).toBe(true);
        taken.push(byte);
      }
      const closing = matcher.closingTokens();
      expect(closing.length).toBe(matcher.tokensToEnd());
      for (const token of closing) expect(matcher.accept(token)).toBe(true);
      expect(matcher.canEnd).toBe(true);
      const text = Buffer.from(vocabulary.bytesOf([...taken, ...closing])).toString();
      expect(grammar.accepts(text)).toBe(true);
      if (numbers === "plain") expect(JSON.parse(text)).not.toMatch(LONE);
    }
  });
});

test("what is read may hold half a pair, what is written may not", () => {
  const read = compileSchema({ type: "string", maxLength: 1 });
  expect(['"\\ud83d"', '"\\ude00"', '"\\ud83d\\ude00"'].map((text) => read.accepts(text))).toEqual([
    true,
    true,
    true,
  ]);
  const written = compileSchema({ type: "string", maxLength: 1 }, { numbers: "plain" });
  expect(['"\\ud83d"', '"\\ude00"', '"\\ud83d\\ude00"'].map((text) => written.accepts(text))).toEqual([
    false,
    false,
    true,
  ]);
});

test("walks inside escapes find no dead end at any length", () => {
  const escapes = [..."\\ud83decf09"].map((letter) => letter.charCodeAt(0));
  const mask = new Uint32Array(vocabulary.maskWords);
  for (const numbers of ["all", "plain"] as const) {
    for (let maxLength = 1; maxLength < 4; maxLength++) {
      const grammar = compileSchema(
        { type: "string", minLength: 1, maxLength },
        { numbers, maxWhitespace: 0 },
      );
      let seed = maxLength;
      for (let walk = 0; walk < 200; walk++) {
        const matcher = grammar.matcher(vocabulary);
        matcher.accept(0x22);
        for (let step = 0; step < 40 && !matcher.canEnd; step++) {
          matcher.fillMask(mask);
          const allowed = allowedTokens(mask, vocabulary.size);
          expect(allowed.length).toBeGreaterThan(0);
          const wanted = escapes.filter((token) => allowed.includes(token));
          const from = wanted.length > 0 ? wanted : allowed;
          seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
          expect(matcher.accept(from[(seed >>> 8) % from.length])).toBe(true);
        }
      }
    }
  }
});

describe("accepts takes lone surrogates wherever the specification does", () => {
  const schemas: [JsonSchema, string, boolean][] = [
    [{ type: "string", pattern: "^[^a-z]{1,2}$" }, '"\\ud83d\\ud83d"', true],
    [{ type: "string", pattern: "^[^a-z]{1,2}$" }, '"\\uD83Da"', false],
    [{ propertyNames: { maxLength: 2 }, type: "object" }, '{"\\ud83d":1}', true],
    [{ propertyNames: { maxLength: 1 }, type: "object" }, '{"\\ud83dx":1}', false],
    [
      { patternProperties: { "^.$": { type: "integer" } }, additionalProperties: false },
      '{"\\ud83d":1}',
      true,
    ],
    [{ patternProperties: { "^.$": { type: "integer" } } }, '{"\\ud83d":"1"}', false],
    [{ type: "array", uniqueItems: true }, '["\\ud83d","\\ud83e"]', true],
    [{ type: "array", uniqueItems: true }, '["\\ud83d","\\uD83d"]', false],
    [{ type: "object", minProperties: 2 }, '{"\\ud83d":1,"\\ud83e":1}', true],
    [{ type: "object", minProperties: 2 }, '{"\\ud83d":1,"\\ud83d":1}', false],
  ];
  test.each(schemas)("%j, %s: %s", (schema, text, valid) => {
    expect(compileSchema(schema).accepts(text)).toBe(valid);
  });
});
