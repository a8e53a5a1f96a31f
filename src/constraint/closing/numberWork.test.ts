import { expect, test } from "vitest";
import { LimitError } from "../../errors.js";
import type { JsonSchema } from "../../types.js";
import { compileSchema } from "../compile.js";
import { smallVocabulary } from "../testing/smallVocabulary.js";

const vocabulary = smallVocabulary();
const count = (most: number) => Array.from({ length: most }, (_, i) => i);

/** Items of which each is tried with numbers of its own, beside `most` that none of them may be. */
const distinct = (most: number): JsonSchema => ({
  type: "array",
  items: { type: "integer", not: { enum: count(most) } },
  uniqueItems: true,
  minItems: 20,
});

/** A mask near the end of a budget behind the text, within so many elementary steps. */
function maskNearEnd(schema: JsonSchema, text: string, stepWork?: number): void {
  const grammar = compileSchema(schema, {
    maxWhitespace: 1,
    ...(stepWork === undefined ? {} : { limits: { stepWork } }),
  });
  const matcher = grammar.matcher(vocabulary);
  for (const character of text) expect(matcher.accept(character.charCodeAt(0))).toBe(true);
  matcher.fillMask(new Uint32Array(vocabulary.maskWords), matcher.tokensToEnd() + 3);
}

test.each<[name: string, schema: JsonSchema, text: string, needed: number]>([
  ["excluded beside each other", distinct(300), "[", 500_000],
  ["multiples above a huge bound", { type: "number", minimum: 1e300, multipleOf: 7 }, "1", 5000],
  ["huge multiples", { type: "number", minimum: 1, multipleOf: 7e300 }, "7", 5000],
])("the arithmetic of numbers counts as steps of a call, which has enough: %s", (_, schema, text, needed) => {
  // With few steps first: numbers once looked into are known to later grammars, which cost less.
  expect(() => maskNearEnd(schema, text, needed)).toThrow(LimitError);
  maskNearEnd(schema, text);
});

test.each([300, 1500, 5000])(
  "what a mask costs does not grow with the numbers that are excluded: %i",
  (most) => {
    // 11 to 28 million where each trial excluded them again.
    maskNearEnd(distinct(most), "[", 2_000_000);
  },
);
