import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonValue } from "../types.js";
import { PartialDocument } from "./partialDocument.js";

function partialOf(text: string): JsonValue | undefined {
  const document = new PartialDocument();
  document.push(text);
  return document.value();
}

test.each<[string, JsonValue | undefined]>([
  ["", undefined],
  [" ", undefined],
  ["{", {}],
  ['{"a', {}],
  ['{"a"', {}],
  ['{"a":', {}],
  ['{"a":1', {}],
  ['{"a":1,', { a: 1 }],
  ['{"a":tru', {}],
  ['{"a":true}', { a: true }],
  ['{"a":"x', { a: "x" }],
  ['{"a":"x\\', { a: "x" }],
  ['{"a":"x\\u00e', { a: "x" }],
  ['{"a":"x\\u00e9', { a: "xé" }],
  ['"\\ud83e', ""],
  ['"\\ud83e\\udd8a', "🦊"],
  ["[1,[2,", [1, [2]]],
  ['[{"a":[{}', [{ a: [{}] }]],
  ['{"a":"x"} trailing', { a: "x" }],
  ['{"a":"x",oops', { a: "x" }],
  ["Sure! Here", undefined],
  ["]", undefined],
])("%s", (text, expected) => {
  expect(partialOf(text)).toEqual(expected);
});

test("a key that names the prototype is a key like any other", () => {
  const value = partialOf('{"__proto__":{"polluted":1},"b":"x') as Record<string, JsonValue>;
  expect(Object.keys(value)).toEqual(["__proto__", "b"]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(value.polluted).toBeUndefined();
});

test("whole numbers that a double would round are bigints where that is asked for", () => {
  const text = '{"id":1234567890123456789,"n":12,"x":0.1,"far":1e300,"less":-9007199254740993}';
  const whole = { id: 1234567890123456789n, n: 12, x: 0.1, far: 1e300, less: -9007199254740993n };
  const document = new PartialDocument({ bigints: true });
  document.push(text);
  expect(document.value()).toEqual(whole);
  expect(partialOf(text)).toEqual(JSON.parse(text));
});

test("whole documents read as JSON.parse reads them, however they are cut", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(4), fc.array(fc.nat(20), { maxLength: 20 }), (value, indent, cuts) => {
      const text = `${JSON.stringify(value, null, indent)} `;
      const document = new PartialDocument();
      let at = 0;
      for (const cut of cuts) {
        document.push(text.slice(at, at + cut));
        document.value();
        at += cut;
      }
      document.push(text.slice(at));
      expect(document.value()).toEqual(JSON.parse(text));
    }),
  );
});

test("a value taken earlier never changes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const document = new PartialDocument();
      const taken: [JsonValue | undefined, string][] = [];
      for (const character of JSON.stringify(value)) {
        document.push(character);
        const partial = document.value();
        taken.push([partial, JSON.stringify(partial)]);
      }
      for (const [partial, before] of taken) expect(JSON.stringify(partial)).toBe(before);
    }),
  );
});
