import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonSchema } from "../../types.js";
import { KEYWORDS } from "../keywords/index.js";
import { measure, readDocument } from "./measure.js";
import { limits, refusal } from "./testing/open.js";

/** A schema whose nesting is `depth` levels. */
function nested(depth: number): JsonSchema {
  let schema: JsonSchema = {};
  for (let level = 1; level < depth; level++) schema = { not: schema };
  return schema;
}

test("the size of a schema is that of its JSON text, to the last comma", () => {
  // Names and strings without escapes, which do not count.
  const name = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 5 });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      name,
      fc.boolean(),
      fc.constant(null),
      fc.nat(9999),
      fc.array(tie("value"), { minLength: 1, maxLength: 3 }),
      fc.dictionary(name, tie("value"), { minKeys: 1, maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(value, (value) => {
      const text = JSON.stringify(value);
      const { size } = measure(readDocument(text, limits, ""), limits, KEYWORDS, "");
      // Each list of members counts one comma more than it has.
      const lists = text.replaceAll(/"[^"]*"/g, "").match(/[[{]/g)?.length ?? 0;
      expect(size).toBe(text.length + lists);
    }),
  );
});

test.each(["text", "value"])("a schema as %s may be as deep as the limit, and no deeper", (form) => {
  const read = (depth: number) => {
    const schema = nested(depth);
    const given = form === "text" ? JSON.stringify(schema) : schema;
    return measure(readDocument(given, limits, ""), limits, KEYWORDS, "");
  };
  expect(read(limits.depth).size).toBeGreaterThan(0);
  expect(refusal(() => read(limits.depth + 1)).code).toBe("schema_too_large");
});

test.each([
  [{ $id: "a" }, { identifiers: true }],
  [{ properties: { $id: { type: "string" } } }, { identifiers: false }],
  [{ items: { $dynamicRef: "#x" } }, { dynamic: true }],
  [{ properties: { a: { anyOf: [true] } } }, { combines: true }],
  [{ type: "object" }, { identifiers: false, dynamic: false, combines: false }],
])("%j: what has to be looked for", (schema, expected) => {
  const value = readDocument(schema as JsonSchema, limits, "");
  expect(measure(value, limits, KEYWORDS, "")).toMatchObject(expected);
});

function conditions(count: number, condition: (index: number) => JsonSchema): JsonSchema {
  return {
    allOf: Array.from({ length: count }, (_, i) => ({ if: condition(i), then: { required: [`q${i}`] } })),
  };
}

test.each([
  [7, (i: number) => ({ required: [`p${i}`] }), false],
  [8, (i: number) => ({ required: [`p${i}`] }), true],
  [65, (i: number) => ({ required: [`p${i}`] }), true],
  [500, (i: number) => ({ required: [`p${i}`] }), true],
  // Of conditions on the value of one member only one holds.
  [500, (i: number) => ({ properties: { kind: { const: i } } }), false],
  [501, (i: number) => ({ properties: { kind: { const: i } } }), true],
  [65, (i: number) => ({ properties: { kind: { pattern: `${i}` } } }), true],
  // Of those on the values of several members one each does.
  [60, (i: number) => ({ properties: { [`kind${i % 3}`]: { enum: [i] } } }), true],
  [6, (i: number) => ({ properties: { [`kind${i % 2}`]: { enum: [i] } } }), false],
])("%i conditions that hold together may be too many ways: %o, %s", (count, condition, crowded) => {
  const value = readDocument(conditions(count, condition as (index: number) => JsonSchema), limits, "");
  expect(measure(value, limits, KEYWORDS, "").crowded).toBe(crowded);
});

test.each([
  ["not", {}, 4, true],
  ["not", {}, 2, false],
  ["if", {}, 4, true],
  ["contains", { maxContains: 1 }, 4, true],
  ["contains", { maxContains: 1 }, 2, false],
  ["contains", {}, 4, false],
  ["anyOf", {}, 4, false],
])("ways to fail multiply under %s beside %o over a union of %i: %s", (keyword, beside, count, crowded) => {
  const branch = { required: ["a", "b"], properties: { a: {}, b: {}, c: {} } };
  const union = { anyOf: [{ oneOf: Array.from({ length: count }, () => branch) }] };
  const value = readDocument({ ...beside, [keyword]: keyword === "anyOf" ? [union] : union }, limits, "");
  expect(measure(value, limits, KEYWORDS, "").crowded).toBe(crowded);
});
