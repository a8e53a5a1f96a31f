import fc from "fast-check";
import { expect, test } from "vitest";
import { searchRepeatedName } from "./repeatedNames.js";

function search(text: string): string | undefined {
  const run = searchRepeatedName(text);
  for (let step = run.next(); ; step = run.next()) if (step.done) return step.value;
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
  expect(search(text)).toBe(pointer);
});

test("law: whatever a writer of JSON writes has none, and a member written again is found", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.string(), (text, name) => {
      expect(search(text)).toBeUndefined();
      const member = `${JSON.stringify(name)}:${text}`;
      const found = search(`[${text},{"first":[${text}],"second":{${member},"":0,"a":1,${member}}}]`);
      expect(found).toMatch(/^\/1\/second\//);
    }),
  );
});

test("a long text is searched in pieces", () => {
  const run = searchRepeatedName(JSON.stringify(Array.from({ length: 40_000 }, (_, a) => ({ a }))));
  let pieces = 0;
  while (run.next().done !== true) pieces++;
  expect(pieces).toBeGreaterThan(8);
});
