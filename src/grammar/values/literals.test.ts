import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteSet } from "../byteSet.js";
import { Rope } from "../rope.js";
import { LiteralList, type LiteralSpan } from "./literals.js";

const texts = fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "\u00ff"), maxLength: 6 }), {
  minLength: 1,
  maxLength: 12,
});

/** The span after `prefix`, which some text begins with. */
function after(list: LiteralList, prefix: string): LiteralSpan {
  let span: LiteralSpan | undefined = list.whole;
  for (const character of prefix) span = span!.step(character.charCodeAt(0));
  return span!;
}

test("after every prefix a span has the texts that begin with it, and no others", () => {
  fc.assert(
    fc.property(texts, (texts) => {
      const list = LiteralList.of(texts);
      const prefixes = new Set(
        texts.flatMap((text) => [...text, ""].map((_, length) => text.slice(0, length))),
      );
      for (const prefix of prefixes) {
        const span = after(list, prefix);
        const rests = texts
          .filter((text) => text.startsWith(prefix))
          .map((text) => text.slice(prefix.length));
        expect(span.ended).toBe(texts.indexOf(prefix));
        expect(span.continues).toBe(rests.some((rest) => rest !== ""));
        const bytes = new ByteSet();
        span.pushBytes(bytes);
        const firsts = rests.filter((rest) => rest !== "").map((rest) => rest.charCodeAt(0));
        expect(bytes.list()).toEqual([...new Set(firsts)].sort((a, b) => a - b));
        for (const byte of [0x61, 0x62, 0xff, 0x63])
          expect(span.step(byte) !== undefined).toBe(firsts.includes(byte));
        for (const rest of ["", "a", "ba", ...rests])
          expect(span.has(Rope.of(rest))).toBe(rests.includes(rest));
        expect(rests).toContain(span.shortestRest.flatten());
        expect(span.shortestRest.length).toBe(Math.min(...rests.map((rest) => rest.length)));
      }
    }),
  );
});

test("long texts share what is left of them", () => {
  const text = Array.from({ length: 5000 }, (_, i) => String.fromCharCode(0x61 + (i % 26))).join("");
  const list = LiteralList.of([text]);
  for (const depth of [0, 1, 255, 256, 257, 4999, 5000])
    expect(list.rest(0, depth).flatten()).toBe(text.slice(depth));
});
