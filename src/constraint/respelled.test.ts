import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema } from "./compile.js";
import { respelled } from "./respelled.js";

test.each([
  ['"\\u0061\\/\\ud83d\\udca9\\n"', '"a/💩\\n"'],
  ['{"\\u0061" : [1E2, -1.5e-2, 0e7, 12]}', '{"a" : [100.0, -0.015, 0.0, 12]}'],
  ['"1e2 \\" 1e2"', '"1e2 \\" 1e2"'],
  ['"\\ud800"', '"\\ud800"'],
  ["1e1000000", "1e1000000"],
  ['"\\x', '"\\x'],
])("%s is respelled as %s", (text, expected) => {
  expect(respelled(text)).toBe(expected);
});

describe("a document's verdict does not depend on its spelling", () => {
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>("a", "é", "💩", "a/b", 100, 1.5, -0.25, { a: 1 }, ["a", 100]),
  );
  const schemas = [
    { enum: ["a", "é", "💩", "a/b", 100, 1.5, { a: 1 }, ["a", 100]] },
    { type: "integer", minimum: 1 },
    { multipleOf: 0.25, maximum: 1e9 },
    { pattern: "^[a-zé💩/]+$", minLength: 1 },
    { format: "idn-hostname" },
    { properties: { a: { type: "integer" } }, required: ["a"], propertyNames: { pattern: "^[a-z]$" } },
    { items: { minLength: 1 }, uniqueItems: true },
    { not: { enum: ["a", 100] } },
  ].map((schema) => [JSON.stringify(schema), compileSchema(schema, { propertyOrder: "any" })] as const);
  test.each(schemas)("%s", (_text, grammar) => {
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        expect(grammar.accepts(otherSpelling(text))).toBe(grammar.accepts(text));
      }),
      { examples: [["a"], ["💩"], [100], [{ a: 1 }], [["a", "a"]]] },
    );
  });
});

/** Every character of a string as an escape, every number with an exponent. */
function otherSpelling(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (scalar) => {
    if (scalar[0] !== '"') return Number(scalar).toExponential();
    const content = JSON.parse(scalar) as string;
    const units = Array.from({ length: content.length }, (_, i) => content.charCodeAt(i));
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
  });
}
