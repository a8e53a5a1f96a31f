import { expect, it } from "vitest";
import { fillMask, RecipeMaker } from "./recipe.js";
import { allowedTokens } from "./testing/smallVocabulary.js";

const setOf = (...tokens: number[]) => {
  const set = new Uint32Array(2);
  for (const token of tokens) set[token >>> 5] |= 1 << (token & 31);
  return set;
};

it("takes tokens out of their own part only", () => {
  const recipe = new RecipeMaker();
  const mask = new Uint32Array(2).fill(0xffffffff);
  recipe.addPart({ set: setOf(1, 2, 40), lists: [[3, 41]], less: [Int32Array.of(2, 41)] });
  recipe.addPart({ set: setOf(2, 5, 50), lists: [[1, 6]], less: [Int32Array.of(1, 5)] });
  recipe.tokens.push(60);
  fillMask(mask, recipe);
  expect(allowedTokens(mask, 64)).toEqual([1, 2, 3, 6, 40, 50, 60]);
});

it("makes one part of those with one set", () => {
  const recipe = new RecipeMaker();
  const set = setOf(1);
  const list = [2];
  recipe.addPart({ set, lists: [list], less: [] });
  recipe.addPart({ set, lists: [list, [3]], less: [] });
  expect(recipe.parts).toEqual([{ set, lists: [[2], [3]], less: [] }]);
});
