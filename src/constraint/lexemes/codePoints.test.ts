import fc from "fast-check";
import { expect, test } from "vitest";
import { countCodePoints } from "./codePoints.js";

const encoder = new TextEncoder();

/** A character, and a spelling of it inside a JSON string. */
const spelled = fc.oneof(
  fc.constantFrom("a", "é", "€", "💩").map((text) => text),
  fc.constantFrom('\\"', "\\\\", "\\/", "\\n", "\\u00e9", "\\u0000"),
);

test("a token's code points are those of the text it spells", () => {
  fc.assert(
    fc.property(fc.array(spelled, { maxLength: 12 }), (parts) => {
      const bytes = encoder.encode(parts.join(""));
      const text = JSON.parse(`"${parts.join("")}"`) as string;
      expect(countCodePoints(bytes, bytes.length)).toBe([...text].length);
    }),
  );
});

test("a part counts the code points that it begins", () => {
  const bytes = encoder.encode("a€\\u00e9b");
  expect(Array.from(bytes, (_, length) => countCodePoints(bytes, length))).toEqual([
    0, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3,
  ]);
});
