import Ajv from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonSchema, JsonValue } from "../../types.js";
import { areDisjoint } from "./disjoint.js";
import { goalsOf } from "./testing/goalsOf.js";

const VALUES: readonly JsonValue[] = [
  ...[null, true, false, 0, 1, 2.5, 10, "", "a", "ab", "abc", "1"],
  ...[[], [0], ["a"], ["a", "a"], [[]]],
  ...[{}, { kind: "a" }, { kind: "b" }, { kind: "a", n: 1 }, { kind: "b", n: "a" }, { n: 3 }],
];

const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    fc
      .constantFrom("null", "boolean", "number", "integer", "string", "array", "object")
      .map((type) => ({ type })),
    fc.constantFrom(...VALUES).map((value) => ({ const: value })),
    fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    fc.constantFrom("^a", "b$", "^[0-9]+$", "^$").map((pattern) => ({ type: "string", pattern })),
    fc.integer({ min: 0, max: 3 }).map((minimum) => ({ type: "number", minimum })),
    fc.integer({ min: 0, max: 3 }).map((maximum) => ({ type: "number", maximum })),
    tie("schema").map((kind) => ({ type: "object", properties: { kind }, required: ["kind"] })),
    tie("schema").map((items) => ({ type: "array", items, minItems: 1 })),
    tie("schema").map((not) => ({ not })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
  ),
}));

/** Whether the solver takes two schemas for disjoint. */
function solved(one: JsonSchema, other: JsonSchema): boolean {
  const { document, goals } = goalsOf({ anyOf: [one, other] });
  const literal = (index: number) =>
    goals.schema(document.child(document.root, "anyOf", index), { id: 0, resources: [], open: [] }, true);
  return areDisjoint(goals, literal(0), literal(1));
}

const ajv = new Ajv.default({ strict: false });

test("of schemas that count as disjoint no value meets both", () => {
  let disjoint = 0;
  fc.assert(
    fc.property(schema, schema, (one, other) => {
      if (!solved(one, other)) return;
      disjoint++;
      const [first, second] = [ajv.compile(one as object), ajv.compile(other as object)];
      for (const value of VALUES) expect([value, first(value) && second(value)]).toEqual([value, false]);
    }),
    { numRuns: 200 },
  );
  expect(disjoint).toBeGreaterThan(30);
});

test.each([
  [{ type: "string" }, { type: "number" }, true],
  [{ type: "number" }, { type: "integer" }, false],
  [{ const: 1 }, { const: 1.0 }, false],
  [{ type: "string", pattern: "^a" }, { type: "string", pattern: "^b" }, true],
  [{ type: "string", pattern: "^a" }, { type: "string", pattern: "b$" }, false],
  [
    { type: "object", properties: { kind: { const: "a" } }, required: ["kind"] },
    { type: "object", properties: { kind: { const: "b" } }, required: ["kind"] },
    true,
  ],
  [
    { type: "object", properties: { kind: { const: "a" } } },
    { type: "object", properties: { kind: { const: "b" } } },
    false,
  ],
])("%j and %j", (one, other, expected) => {
  expect(solved(one, other)).toBe(expected);
});
