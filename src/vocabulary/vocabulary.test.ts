import { expect, test } from "vitest";
import { Vocabulary } from "./vocabulary.js";

const letters = ["a", "b", "c"].map((letter) => new TextEncoder().encode(letter));

test("several end tokens, the first of which is written", () => {
  const vocabulary = new Vocabulary({ tokens: letters, special: [], eos: [2, 1, 2] });
  expect(vocabulary.eos).toBe(2);
  expect(vocabulary.ends).toEqual([2, 1]);
  expect([0, 1, 2].map((id) => vocabulary.isEnd(id))).toEqual([false, true, true]);
  expect([0, 1, 2].map((id) => vocabulary.isSpecial(id))).toEqual([false, true, true]);
});

test("ids that the model has beyond the tokenizer's stand for nothing", () => {
  const vocabulary = new Vocabulary({ tokens: letters, special: [], eos: 2, size: 70 });
  expect([vocabulary.size, vocabulary.maskWords]).toEqual([70, 3]);
  expect(vocabulary.tokens[69]).toHaveLength(0);
  expect(vocabulary.trie.payload).toHaveLength(2);
});

test.each([{ eos: [] }, { eos: 3 }, { eos: [0, -1] }])("end tokens have to be in it: $eos", ({ eos }) => {
  expect(() => new Vocabulary({ tokens: letters, special: [], eos })).toThrow();
});
