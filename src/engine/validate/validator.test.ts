import { afterEach, describe, expect, it } from "vitest";
import type { JsonSchema } from "../../types.js";
import { DocumentCheck } from "./documentCheck.js";
import { isMultipleOf } from "./multipleOf.js";
import { DocumentValidator, validateDocument } from "./validator.js";

const DRAFT = (number: number) => `http://json-schema.org/draft-0${number}/schema#`;

describe("DocumentCheck", () => {
  const documents = new DocumentCheck();
  const judge = (schema: JsonSchema, value: unknown) =>
    documents.check(
      { schemaText: JSON.stringify(schema) },
      typeof value === "string" ? value : JSON.stringify(value),
    );

  it.each<[string, JsonSchema, unknown, boolean]>([
    ["2020-12 by default", { prefixItems: [{ type: "string" }] }, [1], false],
    [
      "draft 4: exclusiveMinimum is a flag",
      { $schema: DRAFT(4), minimum: 1, exclusiveMinimum: true },
      1,
      false,
    ],
    ["draft 6", { $schema: DRAFT(6), propertyNames: { maxLength: 1 } }, { ab: 1 }, false],
    ["draft 7: if", { $schema: DRAFT(7), if: { const: 1 }, then: false }, 1, false],
    [
      "2019-09: recursion",
      { $schema: "https://json-schema.org/draft/2019-09/schema", unevaluatedProperties: false },
      { a: 1 },
      false,
    ],
    [
      "draft 7: nothing counts beside $ref",
      {
        $schema: DRAFT(7),
        properties: { a: { $ref: "#/definitions/n", maximum: 1 } },
        definitions: { n: {} },
      },
      { a: 5 },
      true,
    ],
    ["2020-12: siblings of $ref count", { $ref: "#/$defs/n", maximum: 1, $defs: { n: {} } }, 5, false],
    ["older spelling without $schema", { items: [{ type: "string" }] }, [1], false],
    ["multiples are decimal", { multipleOf: 0.01 }, 19.99, true],
    ["not a multiple", { multipleOf: 0.01 }, 19.995, false],
    ["large numbers", { type: "integer", minimum: 1e300 }, "1e308", true],
    ["numbers nobody can hold", { type: "number" }, "1e999", false],
    ["numbers nobody can hold, where nobody looks", {}, '{"a":[1,-1e400]}', false],
    ["a pattern that is no Unicode pattern", { pattern: "^[\\w-.]+$" }, '"a.b"', true],
    ["a keyword of Ajv's own is none", { $async: true, type: "string" } as JsonSchema, '"x"', true],
    ["formats", { format: "date" }, '"2024-02-30"', false],
    ["unknown formats are annotations", { format: "colour" }, '"x"', true],
    ["inherited members are no members", { required: ["toString"] }, {}, false],
    ["nullable is no keyword", { properties: { a: { nullable: true } } }, { a: 1 }, true],
    ["`id` is no keyword after draft 4", { id: "x", type: "string" }, '"x"', true],
    ["no JSON", {}, "{", false],
  ])("%s", (_name, schema, value, valid) => {
    const verdict = judge(schema, value);
    expect(verdict.valid, verdict.message).toBe(valid);
  });

  it("says where and why", () => {
    const verdict = judge({ properties: { a: { items: { type: "string" } } } }, { a: ["x", 1] });
    expect(verdict).toMatchObject({
      valid: false,
      pointer: "/a/1",
      message: expect.stringContaining("string"),
    });
  });

  it("asks the grammar where Ajv cannot compile the schema or is known to be wrong", () => {
    const broken = {
      $schema: DRAFT(7),
      $ref: "#/definitions/a",
      definitions: { a: { $id: "b", $ref: "#/nowhere/x" } },
    };
    expect(() => judge(broken, 1)).toThrow();
    const dynamic = {
      $id: "https://example.com/tree",
      $dynamicAnchor: "node",
      type: "object",
      properties: { children: { type: "array", items: { $dynamicRef: "#node" } } },
    };
    expect(judge(dynamic, { children: [{ children: [] }] })).toMatchObject({ valid: true });
    expect(judge(dynamic, { children: [1] })).toMatchObject({ valid: false, fallback: expect.any(String) });
    const lone = { unevaluatedProperties: false, if: { properties: { a: true } }, then: {} };
    expect(judge(lone, { a: 1 })).toMatchObject({ valid: true });
  });

  it("takes any number of schemas with the same $id", () => {
    for (let i = 0; i < 400; i++) {
      const schema = { $id: "https://example.com/same", const: i };
      expect(judge(schema, i).valid).toBe(true);
      expect(judge(schema, i + 1).valid).toBe(false);
    }
  });
});

describe("isMultipleOf", () => {
  it.each([
    [0.3, 0.1, true],
    [1e22, 7, false],
    [1e-7, 1e-8, true],
    [4.35, 0.01, true],
    [-9, 3, true],
    [0, 5, true],
    [7.5, 2, false],
    [1e308, 0.5, true],
  ])("%d of %d", (value, divisor, expected) => {
    expect(isMultipleOf(value, divisor)).toBe(expected);
  });
});

describe("DocumentValidator", () => {
  let validator = new DocumentValidator();
  afterEach(() => validator.close());

  it("judges in its own thread, ahead or on demand", async () => {
    validator = new DocumentValidator();
    validator.prepare({ schemaText: '{"type":"string"}' });
    const verdicts = await Promise.all([
      validator.check({ schemaText: '{"type":"string"}' }, '"x"'),
      validator.check({ schemaText: '{"type":"string"}' }, "1"),
      validator.check({ schemaText: '{"type":"integer"}' }, "1"),
    ]);
    expect(verdicts.map(({ valid }) => valid)).toEqual([true, false, true]);
    expect(await validateDocument({ const: 1 }, "1")).toEqual({ valid: true });
    expect(await validateDocument({ const: 1 }, 2)).toMatchObject({ valid: false, pointer: "" });
  });

  it("replaces a thread that a pattern holds up, and judges by the grammar", async () => {
    validator = new DocumentValidator(1000);
    const runaway = { schemaText: JSON.stringify({ pattern: "^(a|a)*$" }) };
    const document = `"${"a".repeat(40)}!"`;
    const [slow, other] = await Promise.all([
      validator.check(runaway, document),
      validator.check({ schemaText: '{"type":"integer"}' }, "1"),
    ]);
    expect(slow).toMatchObject({ valid: false, fallback: expect.stringContaining("1000 ms") });
    expect(other.valid).toBe(true);
    expect(await validator.check(runaway, document)).toMatchObject({ valid: false });
  });
});
