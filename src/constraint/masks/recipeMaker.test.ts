import fc from "fast-check";
import { expect, it } from "vitest";
import { allowedTokens, smallVocabulary } from "../testing/smallVocabulary.js";
import { fillMask } from "./recipe.js";
import { RecipeMaker, SharedInRecipes } from "./recipeMaker.js";

const vocabulary = smallVocabulary();
const { maskWords, size, trie } = vocabulary;

function setOf(tokens: Iterable<number>): Uint32Array {
  const set = new Uint32Array(maskWords);
  for (const token of tokens) set[token >>> 5] |= 1 << (token & 31);
  return set;
}

function below(node: number): Set<number> {
  return new Set(trie.payload.subarray(trie.first[node], trie.first[trie.end[node]]));
}

// Few different ones, so that recipes meet again; lists and subtrees above and below the length that makes them long.
const LISTS = [3, 31, 32, 60].map((length, at) => Array.from({ length }, (_, i) => (at * 40 + i * 3) % 256));
const SETS = [setOf([1, 2, 65]), setOf(Array.from({ length: 200 }, (_, i) => i))];
const NODES = [trie.child(0, 0x22), trie.child(0, 0x61), trie.child(0, 0x7a)];
const TREE_OF_ALL = 0;

const lists = fc.subarray(LISTS);
const part = fc.record({
  set: fc.constantFrom(...SETS),
  lists,
  less: fc.subarray([...NODES, TREE_OF_ALL]),
});

it("writes the union of its parts, each less what is taken out of it, however often it is asked for", () => {
  const shared = new SharedInRecipes(vocabulary);
  const mask = new Uint32Array(maskWords);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 3 }), lists, fc.subarray([5, 97, 300]), (parts, more, tokens) => {
      const expected = new Set<number>([...tokens, ...more.flat()]);
      for (const { set, lists, less } of parts) {
        const out = new Set(less.flatMap((node) => [...below(node)]));
        for (const token of [...allowedTokens(set, size), ...lists.flat()])
          if (!out.has(token)) expected.add(token);
      }
      const recipe = new RecipeMaker(shared);
      for (const { set, lists, less } of parts) recipe.addPart(set, [...lists], less);
      recipe.lists.push(...more);
      recipe.tokens.push(...tokens);
      mask.fill(0xffffffff);
      fillMask(mask, recipe.finish(), trie);
      expect(allowedTokens(mask, maskWords * 32)).toEqual([...expected].sort((a, b) => a - b));
    }),
    { numRuns: 2000 },
  );
});

it("leaves out of the tokens to be tried those below a node", () => {
  const recipe = new RecipeMaker(new SharedInRecipes(vocabulary));
  recipe.addDoubtful([0x22, 0x61, 0x41], [NODES[1]]);
  expect(recipe.doubtful).toEqual([0x22, 0x41]);
});

it("begins with a set of its own where recipes share long lists", () => {
  const shared = new SharedInRecipes(vocabulary);
  const finish = () => {
    const recipe = new RecipeMaker(shared);
    recipe.addPart(SETS[0], [LISTS[0], LISTS[3]], []);
    return recipe.finish();
  };
  expect(finish().parts[0].set).toBe(SETS[0]);
  for (let i = 0; i < 8; i++) finish();
  expect(finish()).toMatchObject({ parts: [{ set: setOf([1, 2, 65, ...LISTS[3]]) }], lists: [LISTS[0]] });
});
