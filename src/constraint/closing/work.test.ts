import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../types.js";
import { compileSchema } from "../compile.js";
import { largerVocabulary } from "../testing/smallVocabulary.js";

const vocabulary = largerVocabulary(2500);

/**
 * Elementary steps that one mask near the end of a budget may take, about half as many again as it took when this was
 * written. A walk over the whole trie takes 15,000.
 */
const CASES: Record<string, { schema: JsonSchema; text: string; steps: number }> = {
  "a free string": { schema: { type: "string" }, text: '"ab', steps: 1500 },
  "a bounded string": { schema: { type: "string", minLength: 5, maxLength: 40 }, text: '"ab', steps: 2400 },
  "a patterned string": {
    schema: { type: "string", pattern: "^(ab|c[é中])*b$" },
    text: '"ab',
    steps: 3000,
  },
  "a name beside others": {
    schema: { type: "object", properties: { name: { type: "string" } } },
    text: '{"na',
    steps: 3300,
  },
  "a free name": {
    schema: { type: "object", additionalProperties: { type: "integer" } },
    text: '{"na',
    steps: 1700,
  },
  "names that have yet to follow": {
    schema: { type: "object", minProperties: 3 },
    text: '{"na',
    steps: 70_000,
  },
  "an object that another rules out, behind a long text": {
    schema: {
      type: "object",
      not: { type: "object", properties: { a: {} }, additionalProperties: false },
    },
    text: `{"b":"${"x".repeat(2000)}","na`,
    steps: 700,
  },
  "a number": { schema: { type: "number" }, text: "12", steps: 1500 },
  nesting: {
    schema: { type: "array", items: { type: "array", items: { enum: ["a", "ab"] } } },
    text: '[["a",',
    steps: 1700,
  },
};

describe("the work of a mask near the end of a budget", () => {
  test.each(Object.entries(CASES))("is small: %s", (_, { schema, text, steps }) => {
    const grammar = compileSchema(schema, { numbers: "plain", limits: { stepWork: steps } });
    const matcher = grammar.matcher(vocabulary);
    for (const character of text) matcher.accept(character.charCodeAt(0));
    const mask = new Uint32Array(vocabulary.maskWords);
    for (const more of [1, 3]) matcher.fillMask(mask, matcher.tokensToEnd() + more);
    expect(mask.some((word) => word !== 0)).toBe(true);
    expect(grammar.byteLength).toBeLessThan(250_000);
  });
});
