import fc from "fast-check";
import { expect, test } from "vitest";
import { losslessDocuments } from "../../../constraint/testing/dialectSchemas.js";
import { parseJson, writeJson } from "../../../json/index.js";
import type { JsonSchema } from "../../../types.js";
import { OPENAI } from "./capabilities.js";
import { printPlainSchema, toPlainSchema } from "./lossless.js";
import { relaxSchema } from "./relax.js";

test("numbers and names come back as they were written", () => {
  fc.assert(
    fc.property(losslessDocuments, (value) => {
      const text = writeJson(value);
      expect(printPlainSchema(toPlainSchema(parseJson(text)))).toBe(text);
    }),
  );
});

test("a schema that is relaxed keeps digits, and the order of names", () => {
  const text =
    '{"type":"object","properties":{"reasoning":{"type":"string","minLength":3},"2":{"enum":[1234567890123456789]},' +
    '"1":{"type":"integer","maximum":9223372036854775807}},"required":["reasoning","2","1"],"additionalProperties":false}';
  const { schema, relaxed } = relaxSchema(toPlainSchema(parseJson(text)) as JsonSchema, OPENAI);
  const sent = printPlainSchema(schema);
  expect(sent).toContain("1234567890123456789");
  expect(sent).toContain("9223372036854775807");
  expect(sent).toContain('"required":["reasoning","2","1"]');
  expect(sent.indexOf('"reasoning":')).toBeLessThan(sent.indexOf('"2":'));
  expect(sent.indexOf('"2":')).toBeLessThan(sent.indexOf('"1":'));
  expect(relaxed).toEqual([{ pointer: "/properties/reasoning", keyword: "minLength" }]);
});

test("references lead through names that carry a mark", () => {
  const text =
    '{"type":"object","properties":{"1":{"type":"string"},"a":{"$ref":"#/properties/1"}},"additionalProperties":false}';
  const { schema, relaxed } = relaxSchema(toPlainSchema(parseJson(text)) as JsonSchema, OPENAI);
  expect(relaxed).toEqual([]);
  expect(printPlainSchema(schema)).toContain('"$defs":{"d0":{"type":"string"}}');
});
