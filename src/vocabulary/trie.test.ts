import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Trie } from "./trie.js";

// Few different bytes, zero among them, so that many strings begin alike, and one ends where another continues with zeros.
const strings = fc.array(
  fc.array(fc.constantFrom(0, 1, 0x7f, 0xff), { maxLength: 7 }).map((bytes) => Uint8Array.from(bytes)),
  { maxLength: 60 },
);

it("holds strings in the order of their bytes, equal ones as they came", () => {
  fc.assert(
    fc.property(strings, (texts) => {
      const trie = Trie.of(texts, [...texts.keys()]);
      const sorted = [...texts.keys()].sort((a, b) => Buffer.compare(texts[a], texts[b]) || a - b);
      expect([...trie.payload]).toEqual(sorted);
    }),
  );
});

it("finds every string and nothing else", () => {
  fc.assert(
    fc.property(strings, strings, (texts, others) => {
      const trie = Trie.of(texts, [...texts.keys()]);
      for (const sought of [...texts, ...others]) {
        const node = trie.find(sought);
        const found = node < 0 ? [] : [...trie.payload.slice(trie.first[node], trie.first[node + 1])];
        const same = [...texts.keys()].filter((index) => Buffer.compare(texts[index], sought) === 0);
        expect(found).toEqual(same);
        expect(node >= 0).toBe(
          sought.length === 0 ||
            texts.some((text) => Buffer.compare(text.subarray(0, sought.length), sought) === 0),
        );
      }
    }),
  );
});
