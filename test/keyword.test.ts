import { describe, expect, test } from "vitest";
import { compileSchema, Vocabulary } from "../src/constraint/index.js";
import { SchemaError } from "../src/errors.js";
import { ALL_KEYWORDS, KeywordRegistry, keyword } from "../src/schema/keywords/index.js";
import type { JsonSchema } from "../src/types.js";

// A new keyword is one module: these are as bare as can be, and nothing else knows of them.

const impossible = keyword({
  name: "x-impossible",
  since: "draft-04",
  demand: (_given, { branch }) => branch.limitTypes(0),
});
const unknown = keyword({ name: "x-unknown", since: "2020-12" });
const keywords = new KeywordRegistry([...ALL_KEYWORDS, impossible, unknown]);

const bytes = new Vocabulary({
  tokens: [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)],
  special: [256],
  eos: 256,
});

function refusal(schema: JsonSchema): Pick<SchemaError, "code" | "pointer" | "keyword"> | undefined {
  try {
    compileSchema(schema, { keywords });
  } catch (thrown) {
    if (thrown instanceof SchemaError)
      return { code: thrown.code, pointer: thrown.pointer, keyword: thrown.keyword };
    throw thrown;
  }
  return undefined;
}

const never = { "x-impossible": true };

describe("a keyword that no value meets", () => {
  test.each<JsonSchema>([
    never,
    { type: "string", ...never },
    { enum: [1, 2], ...never },
    { anyOf: [never, never] },
    { allOf: [{}, never] },
    { $ref: "#/$defs/never", $defs: { never } },
    { type: "array", items: never, minItems: 1 },
    { type: "object", properties: { a: never }, required: ["a"] },
  ])("leaves no document of %j", (schema) => {
    expect(refusal(schema)?.code).toBe("unsatisfiable_schema");
  });

  test.each<[JsonSchema, string]>([
    [{ not: never }, "/not"],
    [{ if: never, then: {} }, "/if"],
    [{ allOf: [{ not: { not: { not: never } } }] }, "/allOf/0/not/not/not"],
  ])("is refused where it has to fail: %j", (schema, pointer) => {
    expect(refusal(schema)).toEqual({ code: "unsupported_schema", pointer, keyword: "x-impossible" });
  });

  test("never leads into an empty mask", () => {
    const schema = {
      type: "object",
      properties: { a: never, b: { type: "array", items: never }, c: { anyOf: [never, { type: "null" }] } },
      patternProperties: { "^x": never },
      additionalProperties: never,
    };
    const matcher = compileSchema(schema, { keywords, propertyOrder: "any" }).matcher(bytes);
    const mask = new Uint32Array(bytes.maskWords);
    for (const byte of new TextEncoder().encode('{"b":[],"c":null}')) {
      matcher.fillMask(mask);
      expect(mask.some((word) => word !== 0)).toBe(true);
      expect(matcher.accept(byte)).toBe(true);
    }
    expect(matcher.canEnd).toBe(true);
    const other = compileSchema(schema, { keywords }).matcher(bytes);
    expect([...new TextEncoder().encode('{"a')].every((byte) => other.accept(byte))).toBe(false);
  });
});

test("a keyword that asserts and says not what is refused wherever it stands", () => {
  const refused = (pointer: string) => ({ code: "unsupported_schema", pointer, keyword: "x-unknown" });
  expect(refusal({ "x-unknown": 1 })).toEqual(refused(""));
  expect(refusal({ not: { "x-unknown": 1 } })).toEqual(refused("/not"));
  // Before its draft it is an annotation.
  expect(refusal({ $schema: "http://json-schema.org/draft-07/schema#", "x-unknown": 1 })).toBeUndefined();
});
