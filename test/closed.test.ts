import { describe, expect, test } from "vitest";
import { compileSchema, Vocabulary } from "../src/constraint/index.js";
import type { JsonSchema } from "../src/types.js";

// `additionalMembers: "closed"`: what is written, beside what is accepted.

const bytes = new Vocabulary({
  tokens: [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)],
  special: [256],
  eos: 256,
});

/** Whether the masks of the closed grammar lead to `value`. */
function writes(schema: JsonSchema, value: unknown): boolean {
  const grammar = compileSchema(schema, { additionalMembers: "closed", propertyOrder: "any" });
  const matcher = grammar.matcher(bytes);
  const text = JSON.stringify(value);
  const written = [...new TextEncoder().encode(text)].every((byte) => matcher.accept(byte)) && matcher.canEnd;
  if (written) expect(grammar.accepts(text)).toBe(true);
  return written;
}

const names = { properties: { a: { type: "integer" } }, required: ["a"] };

describe("an object whose schema names members", () => {
  test("is written with those, and accepted with others", () => {
    expect(writes(names, { a: 1 })).toBe(true);
    expect(writes(names, { a: 1, b: 2 })).toBe(false);
    const grammar = compileSchema(names, { additionalMembers: "closed" });
    expect(grammar.accepts('{"a":1,"b":2}')).toBe(true);
    expect(grammar.accepts("3")).toBe(true);
  });

  test.each<[string, JsonSchema, unknown]>([
    ["additionalProperties", { ...names, additionalProperties: {} }, { a: 1, b: 2 }],
    ["unevaluatedProperties", { ...names, unevaluatedProperties: true }, { a: 1, b: 2 }],
    ["propertyNames", { ...names, propertyNames: { maxLength: 1 } }, { a: 1, b: 2 }],
    ["nothing", { type: "object" }, { b: 2 }],
    ["minProperties of an empty list", { type: "object", properties: {}, minProperties: 1 }, { b: 2 }],
    ["minProperties", { ...names, minProperties: 2 }, { a: 1, b: 2 }],
    [
      "a negation that needs another",
      { ...names, not: { properties: { a: {} }, additionalProperties: false } },
      { a: 1, b: 2 },
    ],
  ])("stays open where it speaks of others: %s", (_, schema, value) => {
    expect(writes(schema, value)).toBe(true);
  });

  test("takes an empty list as such: nothing is written into a function without parameters", () => {
    const empty: JsonSchema = { type: "object", properties: {} };
    for (const schema of [empty, { properties: {} }, { allOf: [{ type: "object" }, { properties: {} }] }]) {
      expect(writes(schema, {})).toBe(true);
      expect(writes(schema, { b: 2 })).toBe(false);
      expect(compileSchema(schema, { additionalMembers: "closed" }).accepts('{"b":2}')).toBe(true);
    }
    expect(writes({ ...names, allOf: [empty] }, { a: 1 })).toBe(true);
  });

  test("takes names by pattern, by required, and from everything that holds together", () => {
    const schema: JsonSchema = {
      patternProperties: { "^x": { type: "null" } },
      required: ["r"],
      allOf: [{ properties: { a: {} } }, { if: { required: ["a"] }, then: { properties: { t: {} } } }],
    };
    expect(writes(schema, { x1: null, r: 1, a: 2, t: 3 })).toBe(true);
    expect(writes(schema, { r: 1, b: 2 })).toBe(false);
  });
});

describe("a schema without a type", () => {
  test("is an object where it names members, an array where it names items", () => {
    expect(writes(names, 1)).toBe(false);
    expect(writes({ items: { type: "integer" } }, [1])).toBe(true);
    expect(writes({ items: { type: "integer" } }, {})).toBe(false);
    expect(writes({ anyOf: [names, { const: 1 }] }, 1)).toBe(true);
  });

  test("keeps to what a type around it says, and to what is possible", () => {
    expect(writes({ type: ["object", "null"], allOf: [names] }, null)).toBe(true);
    expect(writes({ properties: { a: false }, required: ["a"] }, 1)).toBe(true);
    expect(writes({ minLength: 1 }, {})).toBe(true);
    expect(writes({ type: "object", minProperties: 1, propertyNames: names }, { b: 1 })).toBe(true);
    expect(writes({ type: "object", not: { propertyNames: { not: { items: {} } } } }, { b: 1 })).toBe(true);
  });

  test.each<JsonSchema>([
    { properties: { a: { $ref: "#" } }, required: ["a"] },
    { properties: { a: { properties: { b: { $ref: "#" } }, required: ["b"] } }, required: ["a"] },
    { $ref: "#/$defs/z", $defs: { z: { required: ["a"], additionalProperties: { $ref: "#/$defs/z" } } } },
    { items: { $ref: "#" }, minItems: 1 },
  ])("always finds an end where it would need itself: %j", (schema) => {
    const grammar = compileSchema(schema, { additionalMembers: "closed" });
    for (let depth = 0; depth < 5; depth++) {
      for (const opening of ["[", '{"a":', '{"a":{"b":']) {
        const matcher = grammar.matcher(bytes);
        const begun = new TextEncoder().encode(opening.repeat(depth));
        if (![...begun].every((byte) => matcher.accept(byte))) continue;
        for (const token of matcher.closingTokens()) expect(matcher.accept(token)).toBe(true);
        expect(matcher.canEnd).toBe(true);
      }
    }
  });
});
