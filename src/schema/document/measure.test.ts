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
