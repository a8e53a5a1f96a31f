import fc from "fast-check";
import { expect, test } from "vitest";
import { Layout } from "./layout.js";
import { cut } from "./testing/cut.js";

const words = fc.stringMatching(/^[a-z]{0,6}$/);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    words,
    fc.integer(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(words, tie("value"), { maxKeys: 3 }),
  ),
})).value;

test("lines are broken as a printer breaks them, and the text stays as it is", () => {
  fc.assert(
    fc.property(json, fc.array(fc.nat(200)), (value, places) => {
      const text = JSON.stringify(value);
      const layout = new Layout();
      const pieces = cut(text, places).flatMap((piece) => layout.push(piece));
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      const printed = pieces
        .map(
          (piece) =>
            (piece.breakBefore === undefined ? "" : `\n${"  ".repeat(piece.breakBefore)}`) + piece.text,
        )
        .join("");
      expect(printed).toBe(JSON.stringify(value, null, 2).replaceAll('": ', '":'));
    }),
  );
});

test("text inside of strings, and text with lines of its own, is left alone", () => {
  const broken = (text: string) =>
    new Layout().push(text).filter(({ breakBefore }) => breakBefore !== undefined);
  expect(broken('"{[,]}\\",["')).toEqual([]);
  expect(broken('{\n  "a": [\n    1,\n    2\n  ]\n}')).toEqual([]);
});
