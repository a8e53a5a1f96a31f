import { expect, test } from "vitest";
import { SchemaError } from "../../errors.js";
import { compilePattern } from "../../regex/index.js";
import type { JsonSchema } from "../../types.js";
import { KEYWORDS } from "../keywords/index.js";
import { type CheckOptions, checkDocument } from "./check.js";
import type { Dialect } from "./dialect.js";
import { SchemaDocument } from "./document.js";

function check(
  schema: unknown,
  defaultDialect: Dialect = "2020-12",
  more: Partial<CheckOptions> & { documents?: Record<string, JsonSchema> } = {},
) {
  const { documents, ...options } = more;
  const document = new SchemaDocument(schema as JsonSchema, {
    defaultDialect,
    limits: { schemaBytes: 1_000_000, depth: 200 },
    keywords: KEYWORDS,
    ...(documents === undefined ? {} : { documents }),
  });
  return checkDocument(document, {
    checkPattern: (_keyword, source) => void compilePattern(source),
    ...options,
  });
}

function refused(run: () => unknown): [string, string | undefined, string | undefined] {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof SchemaError) return [thrown.code, thrown.pointer, thrown.keyword];
    throw thrown;
  }
  return ["accepted", undefined, undefined];
}

test.each([
  { type: "foo" },
  { type: [] },
  { type: ["string", 1] },
  { type: { anyOf: [] } },
  { enum: "a" },
  { multipleOf: 0 },
  { multipleOf: -1 },
  { multipleOf: "1" },
  { minimum: "1" },
  { maximum: null },
  { exclusiveMinimum: "1" },
  { minLength: -1 },
  { maxLength: 1.5 },
  { minItems: "1" },
  { maxProperties: null },
  { minContains: -1 },
  { uniqueItems: "yes" },
  { pattern: 1 },
  { pattern: "(" },
  { format: 1 },
  { required: "a" },
  { required: true },
  { required: ["a", 1] },
  { dependentRequired: { a: "b" } },
  { dependentRequired: ["a"] },
  { dependencies: { a: ["b", 1] } },
  { properties: [] },
  { patternProperties: { "[": {} } },
  { allOf: {} },
  { anyOf: [] },
  { $ref: 1 },
  { $ref: "#/nowhere" },
  { $dynamicRef: "#nowhere" },
  { $recursiveRef: "#/x" },
])("refuses %j, at the schema and the keyword", (schema) => {
  const [keyword] = Object.keys(schema);
  expect(refused(() => check(schema))).toEqual(["invalid_schema", "", keyword]);
  const inner = { properties: { a: true, "x/y": { items: { anyOf: [{ type: "null" }, schema] } }, b: true } };
  expect(refused(() => check(inner))).toEqual(["invalid_schema", "/properties/x~1y/items/anyOf/1", keyword]);
});

test.each([
  [{ properties: { a: 1 } }, "/properties/a", "properties"],
  [{ items: "a" }, "/items", "items"],
  [{ items: [{}, null] }, "/items/1", "items"],
  [{ not: [] }, "/not", "not"],
  [{ dependencies: { a: "b" } }, "/dependencies/a", "dependencies"],
  [{ $defs: { unused: { minimum: "1" } } }, "/$defs/unused", "minimum"],
  [{ patternProperties: { a: {}, "*": {} } }, "", "patternProperties"],
])("refuses %j at %s", (schema, pointer, keyword) => {
  expect(refused(() => check(schema))).toEqual(["invalid_schema", pointer, keyword]);
});

test("tells what is malformed from what cannot be enforced", () => {
  expect(refused(() => check({ pattern: "(a)\\1" }))).toEqual(["unsupported_schema", "", "pattern"]);
  expect(refused(() => check({ $ref: "http://example.com/x" }))).toEqual(["unsupported_schema", "", "$ref"]);
});

test("does not look into data, annotations and unknown keywords", () => {
  const odd = { type: "foo", $ref: "#/nowhere", pattern: "(" };
  const schema = { const: odd, enum: [odd], default: odd, examples: [odd], title: 5, "x-extra": odd };
  expect(check(schema).warnings).toEqual([]);
});

test("looks into what references reach: unknown keywords, other documents", () => {
  const broken = { properties: { a: { minLength: "1" } } };
  expect(refused(() => check({ $ref: "#/x-extra", "x-extra": broken }))).toEqual([
    "invalid_schema",
    "/x-extra/properties/a",
    "minLength",
  ]);
  const documents = { "http://example.com/a": { $ref: "b#/x" }, "http://example.com/b": { x: broken } };
  expect(refused(() => check({ $ref: "http://example.com/a" }, "2020-12", { documents }))).toEqual([
    "invalid_schema",
    "http://example.com/b#/x/properties/a",
    "minLength",
  ]);
});

test("older spellings are well-formed in later dialects", () => {
  const schema = {
    definitions: { a: {} },
    dependencies: { a: ["b"], c: { $ref: "#/definitions/a" } },
    items: [{}],
    additionalItems: false,
    minimum: 1,
    exclusiveMinimum: true,
    prefixItems: [],
  };
  expect(check(schema).warnings).toEqual([]);
});

test("says what has no effect", () => {
  const warned = (schema: unknown, dialect?: Dialect) =>
    check(schema, dialect).warnings.map(({ pointer, keyword }) => `${pointer} ${keyword}`);
  expect(warned({ properties: { a: { format: "shoe-size" }, b: { format: "date" } } })).toEqual([
    "/properties/a format",
  ]);
  expect(warned({ not: { propertyNames: {} }, contains: {} }, "draft-04")).toEqual([
    "/not propertyNames",
    " contains",
  ]);
  expect(warned({ dependentRequired: {} }, "draft-07")).toEqual([" dependentRequired"]);
  expect(
    warned({ $ref: "#/definitions/a", maxItems: 2, title: "", definitions: { a: {} } }, "draft-07"),
  ).toEqual([" maxItems"]);
  expect(warned({ not: { $schema: "http://json-schema.org/draft-04/schema#" } })).toEqual(["/not $schema"]);
  expect(warned({ $schema: "http://json-schema.org/draft-04/schema#" })).toEqual([]);
});

test("stops where its watch throws", () => {
  const schema = { properties: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`p${i}`, {}])) };
  let seen = 0;
  const watch = (subschemas: number) => {
    seen += subschemas;
    if (seen > 1000) throw new SchemaError("cancelled", "enough", "");
  };
  expect(refused(() => check(schema, "2020-12", { watch }))[0]).toBe("cancelled");
});

test("follows identifiers while it walks", () => {
  const schema = {
    $id: "http://example.com/root",
    properties: {
      a: { $id: "a", properties: { x: { $ref: "#/$defs/own" } }, $defs: { own: {} } },
      b: {
        $id: "b",
        $schema: "http://json-schema.org/draft-07/schema#",
        not: { const: 1, dependentRequired: {} },
      },
    },
  };
  expect(check(schema).warnings.map(({ pointer }) => pointer)).toEqual(["/properties/b/not"]);
});
