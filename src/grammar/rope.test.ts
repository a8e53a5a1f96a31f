import fc from "fast-check";
import { expect, test } from "vitest";
import { LimitError } from "../errors.js";
import { flat, Rope } from "./rope.js";

/** A rope and the text it stands for. */
interface Sample {
  rope: Rope;
  text: string;
}

const text = fc.string({ unit: fc.constantFrom("a", "b", "\u00e9"), maxLength: 30 });

const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text.map((text) => ({ rope: Rope.of(text), text })),
    fc.array(tie("sample"), { maxLength: 4 }).map((parts) => ({
      rope: Rope.join(...parts.map(({ rope }) => rope)),
      text: parts.map(({ text }) => text).join(""),
    })),
    fc.tuple(tie("sample"), fc.nat(4)).map(([unit, times]) => ({
      rope: Rope.repeat(unit.rope, times),
      text: unit.text.repeat(times),
    })),
  ),
}));

test("a rope is the text of its parts, whole, byte by byte and by its length", () => {
  fc.assert(
    fc.property(sample, ({ rope, text }) => {
      expect(rope.length).toBe(text.length);
      expect(rope.flatten()).toBe(text);
      expect(flat(rope)).toBe(text);
      expect(String.fromCharCode(...rope.bytes())).toBe(text);
    }),
  );
});

test("the rest of a rope is its text without the first byte, again and again", () => {
  fc.assert(
    fc.property(sample, ({ rope, text }) => {
      let rest = rope;
      for (let from = 0; from < Math.min(text.length, 40); from++) {
        expect(rest.flatten()).toBe(text.slice(from));
        rest = rest.rest;
      }
    }),
  );
});

test("a text that is too long to hold has a length, and its first bytes", () => {
  let rope = Rope.of("ab");
  for (let level = 0; level < 60; level++) rope = Rope.join(rope, rope);
  expect(rope.length).toBe(2 ** 61);
  expect(rope.flatten()).toBeUndefined();
  expect(() => flat(rope)).toThrow(LimitError);
  const bytes = rope.bytes();
  expect([bytes.next().value, bytes.next().value, bytes.next().value]).toEqual([0x61, 0x62, 0x61]);
});
