import fc from "fast-check";
import { expect, it } from "vitest";
import { isArrayPart, isObjectPart, JsonDocument, textOfPart } from "./document.js";
import { partTexts } from "./partTexts.js";

it("gives the parts of arrays and objects as the document has them", () => {
  const spaces = fc.constantFrom(undefined, 1, "\t \r\n ".replace("\r\n", "\t"));
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), spaces, (value, space) => {
      const text = JSON.stringify(value, null, space);
      const { root } = JsonDocument.read(text);
      const expected = isObjectPart(root)
        ? [...root.members()].map(([name, part]) => [name, textOfPart(part)])
        : isArrayPart(root)
          ? root.items().map((part) => ["", textOfPart(part)])
          : [];
      expect(partTexts(text)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it("keeps numbers and text as they were written", () => {
  const text = ' { "a" : 1.50 , "\\u0062:,": [ 12345678901234567890, "x\\"}" ],"c":{ } } ';
  expect(partTexts(text)).toEqual([
    ["a", "1.50"],
    ["b:,", '[ 12345678901234567890, "x\\"}" ]'],
    ["c", "{ }"],
  ]);
});
