import { describe, expect, test } from "vitest";
import { compileSchema } from "../../constraint/index.js";
import { toDocumentTexts } from "../../json/index.js";
import type { JsonSchema } from "../../types.js";
import { DocumentCheck } from "./documentCheck.js";

// Schemas that mix drafts: the engine and the validators read them alike.

const D4 = "http://json-schema.org/draft-04/schema#";
const D6 = "http://json-schema.org/draft-06/schema#";
const D7 = "http://json-schema.org/draft-07/schema#";
const D2019 = "https://json-schema.org/draft/2019-09/schema";
const D2020 = "https://json-schema.org/draft/2020-12/schema";

const check = new DocumentCheck();

async function verdicts(
  schema: JsonSchema,
  text: string,
  documents?: Record<string, JsonSchema>,
): Promise<[engine: boolean, validator: boolean]> {
  const source = {
    schemaText: JSON.stringify(schema),
    ...(documents === undefined ? {} : { documents: toDocumentTexts(documents) }),
  };
  const grammar = compileSchema(source.schemaText, {
    propertyOrder: "any",
    ...(documents === undefined ? {} : { documents }),
  });
  return [grammar.accepts(text), (await check.check(source, text)).valid];
}

const conditions = { if: { type: "string" }, then: { not: {} } };
const tuple = { items: [{ type: "integer" }], additionalItems: { not: {} } };

test.each<[name: string, schema: JsonSchema, valid: string[], invalid: string[]]>([
  ["const in draft 4", { $schema: D4, const: 1 }, ["1"], ["2"]],
  ["contains in draft 4", { $schema: D4, contains: { type: "string" } }, ["[1]"], []],
  ["propertyNames in draft 4", { $schema: D4, propertyNames: { maxLength: 1 } }, ['{"ab":1}'], []],
  ["if in draft 4", { $schema: D4, ...conditions }, ['"a"'], []],
  ["if in draft 6", { $schema: D6, ...conditions }, ['"a"'], []],
  ["if in draft 7", { $schema: D7, ...conditions }, ["1"], ['"a"']],
  ["dependentRequired in draft 7", { $schema: D7, dependentRequired: { a: ["b"] } }, ['{"a":1}'], []],
  ["prefixItems in 2019-09", { $schema: D2019, prefixItems: [{ type: "string" }] }, ["[1]"], []],
  ["a list of items in 2020-12", { $schema: D2020, ...tuple }, ["[1]"], ["[1,2]", '["a"]']],
  [
    "dependencies in 2020-12",
    { $schema: D2020, dependencies: { a: ["b"], c: { maxProperties: 1 } }, unevaluatedProperties: true },
    ['{"a":1,"b":1}', '{"c":1}'],
    ['{"a":1}', '{"c":1,"d":1}'],
  ],
  ["a flag beside minimum in 2020-12", { $schema: D2020, minimum: 3, exclusiveMinimum: true }, ["4"], ["3"]],
  ["a bound of its own in draft 4", { $schema: D4, exclusiveMinimum: 3 }, ["4"], ["3"]],
  ["booleans in draft 4", { $schema: D4, properties: { a: false } }, ["{}"], ['{"a":1}']],
  [
    "draft 4: 1.0 is no integer",
    { $schema: D4, type: ["integer", "string"] },
    ["1", '"1.0"'],
    ["1.0", "1e0"],
  ],
  [
    "an anchor by id in draft 7",
    { $schema: D7, definitions: { a: { id: "#foo", type: "string" } }, allOf: [{ $ref: "#foo" }] },
    ['"a"'],
    ["1"],
  ],
  [
    "a draft 7 schema within 2020-12",
    { $schema: D2020, properties: { a: { $id: "http://example.com/a", $schema: D7, ...tuple } } },
    ['{"a":[1]}'],
    ['{"a":[1,2]}', '{"a":["x"]}'],
  ],
  [
    "a 2020-12 schema within draft 7",
    {
      $schema: D7,
      properties: {
        a: { $id: "http://example.com/a", $schema: D2020, prefixItems: [{ type: "integer" }], items: false },
      },
    },
    ['{"a":[1]}'],
    ['{"a":[1,2]}', '{"a":["x"]}'],
  ],
  [
    "a name of a file",
    { $schema: D2020, $id: "file:///folder/a.json", $defs: { n: { type: "null" } }, $ref: "a.json#/$defs/n" },
    ["null"],
    ["1"],
  ],
  [
    "pointers from the root in schemas with identifiers of their own",
    {
      $schema: D7,
      $id: "http://example.com/root",
      properties: {
        a: {
          $id: "http://example.com/a",
          properties: { b: { $id: "b", items: { $ref: "#/definitions/n" } } },
        },
      },
      definitions: { n: { type: "null" } },
    },
    ['{"a":{"b":[null]}}'],
    ['{"a":{"b":[1]}}'],
  ],
  [
    "a metaschema beside a long integer",
    { $ref: D7 },
    ['{"const":12345678901234567890}'],
    ['{"type":12345678901234567890}'],
  ],
])("%s", async (_name, schema, valid, invalid) => {
  for (const text of valid) expect([text, await verdicts(schema, text)]).toEqual([text, [true, true]]);
  for (const text of invalid) expect([text, await verdicts(schema, text)]).toEqual([text, [false, false]]);
});

describe("documents of other drafts", () => {
  const documents = {
    "http://example.com/d4": { $schema: D4, minimum: 3, exclusiveMinimum: true },
    "http://example.com/d7": {
      $schema: D7,
      definitions: { n: { type: "integer" } },
      properties: { a: { $ref: "#/definitions/n", maximum: 1 } },
    },
    "http://example.com/d2020": { $schema: D2020, prefixItems: [{ type: "integer" }], items: false },
  };
  test.each([D4, D7, D2020, undefined])("from %s", async (draft) => {
    const to = (name: string) => ({
      ...(draft === undefined ? {} : { $schema: draft }),
      allOf: [{ $ref: `http://example.com/${name}` }],
    });
    expect(await verdicts(to("d4"), "3", documents)).toEqual([false, false]);
    expect(await verdicts(to("d4"), "4", documents)).toEqual([true, true]);
    expect(await verdicts(to("d7"), '{"a":5}', documents)).toEqual([true, true]);
    expect(await verdicts(to("d7"), '{"a":"x"}', documents)).toEqual([false, false]);
    expect(await verdicts(to("d2020"), "[1]", documents)).toEqual([true, true]);
    expect(await verdicts(to("d2020"), "[1,2]", documents)).toEqual([false, false]);
  });
});

const titled = (value: unknown, index: number) => ({ const: value, title: `number ${index}` });
const many = Array.from({ length: 300 }, (_, index) => `v${index}`);

describe("many branches that only list values", () => {
  test.each<[name: string, schema: JsonSchema, valid: string[], invalid: string[]]>([
    ["of oneOf", { oneOf: many.map(titled) }, ['"v7"'], ['"w"', "7"]],
    ["of anyOf, some twice", { anyOf: [...many, "v7", 1].map(titled) }, ['"v7"', "1.0"], ["2"]],
    ["of oneOf, some twice", { oneOf: [...many, "v7", 1, 1].map(titled) }, ['"v8"'], ['"v7"', "1"]],
    ["with another keyword", { oneOf: [...many.map(titled), { type: "string" }] }, ['"w"'], ['"v7"', "1"]],
    ["beside another keyword", { oneOf: many.map(titled), maxLength: 2 }, ['"v7"'], ['"v70"']],
    ["in draft 4", { $schema: D4, oneOf: many.map((value) => ({ enum: [value] })) }, ['"v7"'], ['"w"']],
    [
      "with long numbers",
      { anyOf: [...many, 1e21].map(titled) },
      ["1000000000000000000000"],
      ["1000000000000000000001"],
    ],
  ])("%s", async (_name, schema, valid, invalid) => {
    for (const text of valid) expect([text, ...(await verdicts(schema, text))]).toEqual([text, true, true]);
    for (const text of invalid)
      expect([text, ...(await verdicts(schema, text))]).toEqual([text, false, false]);
  });

  test("twenty thousand are no more than a list", async () => {
    const branches = Array.from({ length: 20_000 }, (_, index) => titled(`v${index}`, index));
    expect(await verdicts({ oneOf: branches }, '"v19999"')).toEqual([true, true]);
    expect(await verdicts({ oneOf: branches }, '"v20000"')).toEqual([false, false]);
  });
});
