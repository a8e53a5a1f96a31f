import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSchema } from "./compile.js";
import { allowedTokens, smallVocabulary } from "./testing/smallVocabulary.js";

const vocabulary = smallVocabulary();

test.each([
  '{"enum":[{},[1],1,1.0]}',
  '{"enum":["a","\\u0061",{},{}]}',
  '{"anyOf":[{"const":1},{"const":1.0},{"const":[]},{"enum":[1e0,2]}]}',
])("items among %s, of which some are equal, always find an end", (items) => {
  const grammar = compileSchema(`{"type":"array","uniqueItems":true,"items":${items}}`, { maxWhitespace: 0 });
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (choices) => {
      const matcher = grammar.matcher(vocabulary);
      const mask = new Uint32Array(vocabulary.maskWords);
      for (let length = 0; length < 30; length++) {
        matcher.fillMask(mask);
        const allowed = allowedTokens(mask, vocabulary.size);
        expect(allowed).not.toHaveLength(0);
        const token = allowed[Number(choices.next().value) % allowed.length];
        if (vocabulary.isSpecial(token)) return;
        expect(matcher.accept(token)).toBe(true);
      }
    }),
  );
});
