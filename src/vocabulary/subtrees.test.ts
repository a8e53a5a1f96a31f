import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addToSet, heightOf, SET_WORDS, Subtrees } from "./subtrees.js";
import { Trie } from "./trie.js";

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", '"', "é", "中", "💩"), maxLength: 5 }),
  fc.string({ maxLength: 3 }),
);
const bytes = fc.oneof(
  text.map((value) => new TextEncoder().encode(value)),
  fc.uint8Array({ maxLength: 4 }),
);

/** `others`: with every character beyond ASCII. */
function setOf(characters: string, others: boolean): Int32Array {
  const set = new Int32Array(SET_WORDS);
  for (const ch of characters) addToSet(set, ch.charCodeAt(0));
  if (others) for (let byte = 0xc2; byte < 0xf5; byte++) addToSet(set, byte);
  return set;
}

describe("subtrees of a trie", () => {
  it("hold what their strings hold", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 12 }), fc.boolean(), (strings, others) => {
        const trie = Trie.of(
          strings,
          strings.map((_, i) => i),
        );
        const subtrees = Subtrees.of(trie);
        const inSet = strings.every((string) =>
          string.every((byte) => (byte < 0x80 ? byte === 0x61 || byte === 0x62 : others)),
        );
        // A string may stop in the middle of a character, but what there is of it has to be right.
        const isText = strings.every((string) =>
          [[], [0x80], [0xa0], [0x80, 0x80], [0xa0, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80]].some(
            (rest) => {
              try {
                decoder.decode(Uint8Array.from([...string, ...rest]));
                return true;
              } catch {
                return false;
              }
            },
          ),
        );
        expect(subtrees.holdsOnly(0, setOf("ab", others))).toBe(inSet && isText);
        if (isText)
          expect(heightOf(subtrees.records[2])).toBe(Math.max(0, ...strings.map((string) => string.length)));
      }),
    );
  });
});
