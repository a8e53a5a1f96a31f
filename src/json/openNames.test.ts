import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonDocument } from "./document.js";
import { RepeatedNameError } from "./syntax.js";

/** The pointer to the first repeated member. */
function repeated(text: string): string | undefined {
  try {
    JsonDocument.read(text, { distinctNames: true });
    return undefined;
  } catch (error) {
    if (error instanceof RepeatedNameError) return error.pointer;
    throw error;
  }
}

test.each([
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"a":1,"a":2}', "/a"],
  ['{"a":1 , "\\u0061" : 2}', "/a"],
  ['[0,{"x":{}},{"y":[[],{"~/":1,"z":"\\"","~/":3}]}]', "/2/y/1/~0~1"],
  ['{"":1,"":1}', "/"],
  ['{"a":"a","b":["a","a"],"__proto__":1,"constructor":{}}', undefined],
  ['{"__proto__":1,"__proto__":1}', "/__proto__"],
  ['"a,\\"b"', undefined],
  ["[]", undefined],
])("%s: %s", (text, pointer) => {
  expect(repeated(text)).toBe(pointer);
});

test("law: whatever a writer of JSON writes has none, and a member written again is found", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.string(), (text, name) => {
      expect(repeated(text)).toBeUndefined();
      const member = `${JSON.stringify(name)}:${text}`;
      const found = repeated(`[${text},{"first":[${text}],"second":{${member},"":0,"a":1,${member}}}]`);
      expect(found).toMatch(/^\/1\/second\//);
    }),
  );
});

test("is found in pieces, too, also if one ends within the name", async () => {
  const name = "n".repeat(100_000);
  const text = `[${"0,".repeat(50_000)}{"${name}":1,"${name}":2}]`;
  const read = JsonDocument.readInTurns(text, async () => {}, { distinctNames: true });
  await expect(read).rejects.toMatchObject({ pointer: `/50000/${name}` });
});
