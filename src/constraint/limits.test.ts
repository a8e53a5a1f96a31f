import { expect, test } from "vitest";
import { LimitError } from "../errors.js";
import { compileSchema } from "./compile.js";
import { compileSegments } from "./segments/compile.js";
import { allowedTokens, smallVocabulary } from "./testing/smallVocabulary.js";

const vocabulary = smallVocabulary();
const SCHEMA = {
  type: "object",
  properties: { a: { type: "string", pattern: "^[ab]{2,9}$" }, b: { enum: [1, 12, 123] } },
  required: ["a", "b"],
};

test("a step that runs out of work changes nothing, and a grammar with more goes on from its tokens", () => {
  const limited = compileSchema(SCHEMA, { limits: { stepWork: 1 } });
  const matcher = limited.matcher(vocabulary);
  const mask = new Uint32Array(vocabulary.maskWords);
  expect(() => matcher.fillMask(mask)).toThrow(LimitError);
  expect(() => matcher.accept(0x7b)).toThrow(LimitError);
  const other = compileSchema(SCHEMA).matcher(vocabulary);
  for (const byte of '{"a":"ab","b":1') expect(other.accept(byte.charCodeAt(0))).toBe(true);
  other.fillMask(mask);
  expect(allowedTokens(mask, vocabulary.size)).toContain("}".charCodeAt(0));
});

test("compiling runs out of work at the same place, whatever was compiled before", () => {
  const schema = { type: "string", pattern: "^(a|b)*a(a|b|c){9}$" };
  const compile = (compileWork: number) => compileSchema(schema, { limits: { compileWork } });
  expect(() => compile(2000)).toThrow(LimitError);
  compile(50_000_000);
  expect(() => compile(2000)).toThrow(LimitError);
});

test("memory is limited, and what a grammar holds can be asked for", () => {
  const grammar = compileSchema(SCHEMA);
  const before = grammar.byteLength;
  grammar.accepts('{"a":"ab","b":1}');
  expect(grammar.byteLength).toBeGreaterThan(before);
  const small = compileSchema(SCHEMA, { limits: { memoryBytes: before + 1000 } });
  expect(() => small.accepts('{"a":"ab","b":1}')).toThrow(/memoryBytes/);
});

test("a document that may be valid is not called invalid where ways are left out, though that is found late", () => {
  const object = (n: number) => ({
    type: "object",
    properties: Object.fromEntries(["a", "b", "c"].map((name) => [name + n, { type: "integer" }])),
    required: [`a${n}`],
  });
  const contains = { anyOf: [1, 2, 3].map(object) };
  const schema = { properties: { deep: { type: "array", contains, maxContains: 1 } } };
  const valid = ['{"deep":[{"a1":1}]}', '{"deep":[{"a1":1},{"a2":"x"}]}', '{"deep":[{"a1":1},3]}'];
  const grammar = compileSchema(schema, { limits: { alternatives: 16 } });
  // The last one is judged by itself.
  expect(valid.map((text) => grammar.accepts(text))).toEqual([true, true, true]);
  expect(grammar.accepts('{"deep":3}')).toBe(false);
  const parts = compileSegments([{ kind: "document", schema }], { limits: { alternatives: 16 } });
  expect(() => parts.accepts(valid[2])).toThrow(
    expect.objectContaining({ code: "unsupported_schema", pointer: "/properties/deep/contains" }),
  );
  expect(parts.accepts('{"deep":3}')).toBe(false);
  const all = compileSchema(schema);
  expect(valid.map((text) => all.accepts(text))).toEqual([true, true, true]);
});
