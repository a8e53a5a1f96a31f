import { expect, test } from "vitest";
import { compileSchema } from "../src/constraint/index.js";
import { SchemaError } from "../src/errors.js";

// Schemas as text: what doubles and JavaScript objects would lose.

test.each<[string, string[], string[]]>([
  [
    '{"enum":[18446744073709551615]}',
    ["18446744073709551615"],
    ["18446744073709552000", "18446744073709551614"],
  ],
  ['{"const":{"id":9007199254740993}}', ['{"id":9007199254740993}'], ['{"id":9007199254740992}']],
  ['{"type":"integer","maximum":9223372036854775807}', ["9223372036854775807"], ["9223372036854775808"]],
  ['{"type":"number","minimum":0.1000000000000000055}', ["0.1000000000000000056"], ["0.1"]],
  ['{"type":"array","items":true,"uniqueItems":true}', ["[9007199254740993,9007199254740992]"], ["[1,1.0]"]],
  ['{"not":{"enum":[9007199254740993]}}', ["9007199254740992"], ["9007199254740993"]],
  ['{"multipleOf":1e-20}', ["3e-20"], ["1e-21"]],
])("%s", (schema, valid, invalid) => {
  const grammar = compileSchema(schema);
  expect(valid.filter((text) => !grammar.accepts(text))).toEqual([]);
  expect(invalid.filter((text) => grammar.accepts(text))).toEqual([]);
});

test("properties come in the order in which they are written, whole numbers too", () => {
  const schema = '{"type":"object","properties":{"b":{},"2":{},"1":{}},"additionalProperties":false}';
  const grammar = compileSchema(schema);
  expect(grammar.accepts('{"b":0,"2":0,"1":0}')).toBe(true);
  expect(grammar.accepts('{"1":0,"b":0}')).toBe(false);
});

test("numbers that cannot be written out are refused where they stand", () => {
  for (const schema of ['{"maximum":1e999999999}', '{"enum":[1e999999999]}', '{"multipleOf":1e-999999999}']) {
    let refusal: unknown;
    try {
      compileSchema(schema);
    } catch (thrown) {
      refusal = thrown;
    }
    expect(refusal).toBeInstanceOf(SchemaError);
    expect(refusal).toMatchObject({ code: "invalid_schema", pointer: "" });
  }
});

test("a document that was handed over is named in errors", () => {
  const documents = { "https://example.com/a": '{"properties":{"x":{"minLength":"1"}}}' };
  expect(() => compileSchema('{"$ref":"https://example.com/a"}', { documents })).toThrow(
    expect.objectContaining({ pointer: "https://example.com/a#/properties/x", keyword: "minLength" }),
  );
});

test("20,000 constants with titles compile as an enumeration does", () => {
  const oneOf = Array.from({ length: 20_000 }, (_, i) => ({ const: `v${i}`, title: `T${i}` }));
  const grammar = compileSchema({ type: "object", properties: { c: { oneOf } } });
  expect(grammar.accepts('{"c":"v19999"}')).toBe(true);
  expect(grammar.accepts('{"c":"v20000"}')).toBe(false);
});

test("what is no keyword but looks like one is noted", () => {
  const grammar = compileSchema({
    properties: { a: { nullable: true }, b: { maximun: 3 }, c: { min_length: 1 }, d: { pattern: "\\Aa\\Z" } },
  });
  expect(grammar.warnings.map(({ pointer, keyword }) => `${pointer} ${keyword}`)).toEqual([
    "/properties/a nullable",
    "/properties/b maximun",
    "/properties/c min_length",
    "/properties/d pattern",
  ]);
});
