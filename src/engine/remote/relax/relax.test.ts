import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../../types.js";
import { LLAMA_SERVER, OPENAI, SGLANG, VLLM } from "./capabilities.js";
import { anchoredPattern } from "./pattern.js";
import { relaxSchema } from "./relax.js";

const A = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
const B = { type: "object", properties: { b: { type: "string" } }, required: ["b"] };

/** What is sent, and "pointer keyword" of what is checked here. */
function relax(schema: JsonSchema, capabilities = VLLM) {
  const { schema: sent, relaxed } = relaxSchema(schema, capabilities);
  return { sent, relaxed: relaxed.map(({ pointer, keyword }) => `${pointer} ${keyword}`) };
}

describe("what all servers enforce goes as it is", () => {
  test.each<JsonSchema>([
    { type: "string", minLength: 1, maxLength: 20 },
    { type: "integer", minimum: 3, exclusiveMaximum: 9 },
    { type: "array", items: { type: "number" }, minItems: 1, maxItems: 4 },
    { type: "array", prefixItems: [{ type: "null" }], items: false },
    { type: ["string", "null"] },
    { enum: ["ä", 1, null] },
    { const: { a: [1] } },
    { type: "string", pattern: "^[a-z]+$" },
    { type: "string", format: "date" },
    { type: "object", additionalProperties: { type: "boolean" } },
    { ...A, additionalProperties: true },
    { anyOf: [{ type: "string" }, { type: "null" }] },
  ])("%j", (schema) => {
    expect(relax(schema)).toEqual({ sent: schema, relaxed: [] });
  });

  test("annotations and unknown keywords are left out and not counted", () => {
    const schema = { $schema: "s", title: "t", description: "d", "x-own": 1, type: "string", default: "" };
    expect(relax(schema)).toEqual({ sent: { type: "string" }, relaxed: [] });
  });
});

describe("what can be said otherwise is", () => {
  test("vague objects are closed, keys that only `required` names are declared", () => {
    expect(relax({ properties: { a: { minLength: 1 } }, required: ["z"] })).toEqual({
      sent: {
        type: "object",
        properties: { a: { type: "string", minLength: 1 }, z: {} },
        required: ["z"],
        additionalProperties: false,
      },
      relaxed: [],
    });
  });

  test("allOf is merged", () => {
    expect(relax({ allOf: [A, B], properties: { a: { minimum: 2 } } })).toEqual({
      sent: {
        type: "object",
        properties: { a: { type: "integer", minimum: 2 }, b: { type: "string" } },
        required: ["a", "b"],
        additionalProperties: false,
      },
      relaxed: [],
    });
    expect(
      relax({ allOf: [{ type: ["number", "null"] }, { type: ["integer", "string"] }, { maximum: 3 }] }),
    ).toEqual({
      sent: { type: "integer", maximum: 3 },
      relaxed: [],
    });
    expect(relax({ allOf: [{ enum: [1, 2, 3] }, { enum: [3, 2] }] }).sent).toEqual({ enum: [2, 3] });
    expect(relax({ allOf: [{ additionalProperties: false, properties: {} }, A] }).sent).toMatchObject({
      additionalProperties: false,
    });
  });

  test("siblings move into the alternatives; exactly-one is checked here", () => {
    const schema = {
      ...A,
      oneOf: [{ required: ["b"] }, { properties: { c: { const: 1 } }, required: ["c"] }],
    };
    expect(relax(schema)).toEqual({
      sent: {
        anyOf: [
          {
            type: "object",
            properties: { a: { type: "integer" }, b: {} },
            required: ["a", "b"],
            additionalProperties: false,
          },
          {
            type: "object",
            properties: { a: { type: "integer" }, c: { const: 1 } },
            required: ["a", "c"],
            additionalProperties: false,
          },
        ],
      },
      relaxed: [" oneOf"],
    });
    expect(relax({ type: "string", anyOf: [{ type: "integer" }, { maxLength: 2 }] }).sent).toEqual({
      type: "string",
      maxLength: 2,
    });
  });

  test("references of every kind end under $defs, siblings are merged in", () => {
    const schema = {
      properties: {
        pointer: { $ref: "#/definitions/a~1b" },
        anchor: { $ref: "#here" },
        id: { $ref: "https://example.org/thing" },
        bound: { $ref: "#/definitions/a~1b", maximum: 5 },
        self: { $ref: "#" },
      },
      definitions: {
        "a/b": { type: "integer" },
        x: { $anchor: "here", type: "string" },
        y: { $id: "https://example.org/thing", type: "null" },
      },
    };
    const { sent, relaxed } = relax(schema);
    expect(relaxed).toEqual([]);
    expect(sent.properties).toEqual({
      pointer: { $ref: "#/$defs/d0" },
      anchor: { $ref: "#/$defs/d1" },
      id: { $ref: "#/$defs/d2" },
      bound: { type: "integer", maximum: 5 },
      self: { $ref: "#/$defs/d3" },
    });
    expect(sent.$defs).toMatchObject({
      d0: { type: "integer" },
      d1: { type: "string" },
      d2: { type: "null" },
      d3: { type: "object", properties: { self: { $ref: "#/$defs/d3" } } },
    });
  });

  test("lists that only bound their length, which XGrammar cannot compile", () => {
    expect(relax({ type: "array", minItems: 2 })).toEqual({
      sent: { type: "array", minItems: 2, items: {} },
      relaxed: [],
    });
    const tuple = { type: "array", prefixItems: [{ type: "integer" }], minItems: 1 };
    expect(relax(tuple).sent).toEqual(tuple);
    expect(relax({ ...tuple, minItems: 2 }).sent).toEqual({ ...tuple, minItems: 2, items: {} });
  });

  test("older lists of items", () => {
    expect(relax({ type: "array", items: [{ type: "string" }], additionalItems: false })).toEqual({
      sent: { type: "array", prefixItems: [{ type: "string" }], items: false },
      relaxed: [],
    });
  });

  test.each([
    ["^a+$", "^a+$"],
    ["a+", "^.*(a+).*$"],
    ["^a", "^(a).*$"],
    ["a|b$", undefined],
    ["(a|b)$", "^.*((a|b))$"],
    ["a\\$", "^.*(a\\$).*$"],
    ["^(?=a)b$", undefined],
    ["\\bword", undefined],
    ["^(a)\\1$", undefined],
    ["^\\p{L}+$", undefined],
    ["^[$^]$", "^[$^]$"],
  ])("pattern %s becomes %s", (pattern, expected) => {
    expect(anchoredPattern(pattern)).toBe(expected);
  });
});

describe("the rest is dropped and listed", () => {
  test.each<[JsonSchema, object, string[]]>([
    [{ not: { type: "string" } }, {}, [" not"]],
    [
      { type: "array", items: { type: "integer", multipleOf: 5 }, uniqueItems: true, contains: { const: 5 } },
      { type: "array", items: { type: "integer" } },
      [" uniqueItems", " contains", "/items multipleOf"],
    ],
    [
      { type: "object", properties: { "a/b": { format: "idn-email", type: "string" } } },
      { type: "object", properties: { "a/b": { type: "string" } }, additionalProperties: false },
      ["/properties/a~1b format"],
    ],
    [{ ...A, minProperties: 3 }, A, [" minProperties"]],
    [
      { type: "object", patternProperties: { "^x": true } },
      { type: "object", additionalProperties: {} },
      [" patternProperties"],
    ],
    [
      { ...A, patternProperties: { "^x": { type: "null" }, "^y": { type: "null" }, "^z": false } },
      { ...A, additionalProperties: { type: "null" } },
      [" patternProperties"],
    ],
    [{ type: "string", maxLength: 5000 }, { type: "string" }, [" maxLength"]],
    [{ type: "string", pattern: "^a*$", maxLength: 3 }, { type: "string", maxLength: 3 }, [" pattern"]],
    [{ $ref: "https://elsewhere.example/schema" }, {}, [" $ref"]],
    [false, {}, [" false"]],
    [{ if: A, then: B, else: A }, {}, [" if", " then", " else"]],
  ])("%j", (schema, sent, relaxed) => {
    const answer = relax(schema);
    expect(answer.sent).toEqual(sent);
    expect(answer.relaxed.sort()).toEqual(relaxed.sort());
  });

  test("each server has its own", () => {
    const mail = { type: "string", format: "email", minLength: 5 };
    expect(relax(mail, VLLM).relaxed).toEqual([]);
    // SGLang refuses the whole schema where a string has both.
    expect(relax(mail, SGLANG)).toEqual({
      sent: { type: "string", format: "email" },
      relaxed: [" minLength"],
    });
    expect(relax({ ...mail, pattern: "@" }, SGLANG).sent).toEqual({ type: "string", minLength: 5 });
    expect(relax(mail, LLAMA_SERVER).relaxed).toEqual([" format"]);
    expect(relax(mail, OPENAI).relaxed).toEqual([" minLength"]);
  });

  test("nesting without end and schemas that refer to themselves stay bounded", () => {
    let deep: JsonSchema = { type: "string" };
    for (let level = 0; level < 500; level++) deep = { type: "array", items: deep, minItems: 1 };
    const { sent, relaxed } = relax(deep);
    expect(JSON.stringify(sent).length).toBeLessThan(4_000);
    expect(relaxed.length).toBeGreaterThan(0);
    const knot = {
      $ref: "#/$defs/n",
      title: "knot",
      $defs: {
        n: {
          properties: Object.fromEntries(
            ["a", "b", "c"].map((key) => [
              key,
              { $ref: "#/$defs/n", minProperties: 1, allOf: [{ $ref: "#/$defs/n" }] },
            ]),
          ),
        },
      },
    };
    expect(JSON.stringify(relax(knot).sent).length).toBeLessThan(1_000_000);
  });
});

test("where nothing was relaxed, what the sent schema accepts the schema accepts", () => {
  const schemas: JsonSchema[] = [
    { allOf: [A, B] },
    { ...A, anyOf: [{ required: ["b"] }, { properties: { a: { minimum: 5 } } }] },
    { $ref: "#/$defs/x", maximum: 3, $defs: { x: { type: ["integer", "string"], minimum: 1 } } },
    { type: "string", pattern: "b" },
  ];
  const documents: unknown[] = [
    1,
    3,
    4,
    "b",
    "abc",
    "c",
    [],
    ["x"],
    ["x", 1],
    ["x", "y"],
    {},
    { a: 1 },
    { a: 5 },
    { a: 5, b: "x" },
    { a: "1", b: "x" },
    { a: 1, b: "x" },
    { a: 1, b: "x", c: 1 },
    null,
    true,
  ];
  const ajv = new Ajv2020({ strict: false });
  for (const schema of schemas) {
    const { sent, relaxed } = relax(schema);
    expect(relaxed).toEqual([]);
    const whole = ajv.compile(schema);
    const narrow = ajv.compile(sent);
    const accepted = documents.filter((document) => narrow(document));
    expect(accepted.length).toBeGreaterThan(0);
    for (const document of accepted) expect([document, whole(document)]).toEqual([document, true]);
  }
});

test("references that double at each level are merged once each", () => {
  const $defs: Record<string, JsonSchema> = {
    d0: { type: "object", properties: { a: { type: "integer" } } },
  };
  for (let i = 1; i <= 60; i++) {
    const before = `#/$defs/d${i - 1}`;
    $defs[`d${i}`] = { allOf: [{ $ref: before }, { $ref: before }], required: [`r${i}`] };
  }
  const { sent, relaxed } = relax({ $ref: "#/$defs/d60", maxProperties: 99, $defs });
  expect((sent as { required: string[] }).required).toHaveLength(60);
  expect(relaxed).toEqual([" maxProperties"]);
});

test("objects stay open where the caller wants what the schema permits", () => {
  const schema = { type: "object", properties: { a: { type: "object", properties: { b: {} } } } };
  expect(relaxSchema(schema, VLLM).schema).toMatchObject({ additionalProperties: false });
  const { schema: open } = relaxSchema(schema, VLLM, true);
  expect(JSON.stringify(open)).not.toContain("additionalProperties");
});
