import { once } from "node:events";
import { readdirSync } from "node:fs";
import { getPriority } from "node:os";
import type { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { toSchemaText } from "../../json/index.js";
import type { JsonSchema } from "../../types.js";
import { canonicalNumber, compareDecimals, decimalOf, isDouble, isInteger, isMultipleOf } from "./decimal.js";
import { DocumentCheck, UncheckableSchemaError } from "./documentCheck.js";
import { DocumentValidator, validateDocument } from "./validator.js";

const DRAFT = (number: number) => `http://json-schema.org/draft-0${number}/schema#`;

describe("DocumentCheck", () => {
  const documents = new DocumentCheck();
  const judge = (schema: JsonSchema | string, value: unknown) =>
    documents.check(
      { schemaText: toSchemaText(schema) },
      typeof value === "string" ? value : JSON.stringify(value),
    );

  it.each<[string, JsonSchema | string, unknown, boolean]>([
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
    ["numbers beyond doubles", { type: "number" }, "1e999", true],
    ["long integers", '{"enum":[1234567890123456789]}', "1234567890123456789", true],
    ["long integers are not rounded", '{"enum":[1234567890123456789]}', "1234567890123456788", false],
    ["one value, other spellings", '{"const":[1234567890123456789,1.0]}', "[123456789012345678.9e1,1]", true],
    ["bounds are exact", '{"maximum":9223372036854775807}', "9223372036854775808", false],
    ["bounds hold", '{"maximum":9223372036854775807}', "9223372036854775807", true],
    [
      "draft 4: exact and exclusive",
      `{"$schema":"${DRAFT(4)}","maximum":9223372036854775807,"exclusiveMaximum":true}`,
      "9223372036854775807",
      false,
    ],
    ["multiples of what is written", '{"multipleOf":3}', "1000000000000000000000000000002", true],
    ["no multiple", '{"multipleOf":3}', "1000000000000000000000000000001", false],
    ["integers, however large", { type: "integer" }, "1e400", true],
    ["no integers, however close", { type: "integer" }, "12345678901234567.5", false],
    ["items that only doubles confuse", { uniqueItems: true }, "[9007199254740993,9007199254740992]", true],
    ["items that are one number", { uniqueItems: true }, "[9007199254740993,90071992547409930e-1]", false],
    ["members called __proto__", '{"properties":{"__proto__":{"type":"string"}}}', '{"__proto__":1}', false],
    ["required members called __proto__", '{"required":["__proto__"]}', '{"__proto__":1}', true],
    [
      "what contains has seen",
      { contains: { type: "string" }, unevaluatedItems: { type: "number" } },
      ["a", 1],
      true,
    ],
    ["what nothing has seen", { prefixItems: [true], unevaluatedItems: false }, [1, 2], false],
    ["patterns with (?i)", { pattern: "(?i)^ab$" }, '"AB"', true],
    [
      "plain patterns of the other library too",
      { patternProperties: { "^[\\w-.]+$": { const: 1 } }, unevaluatedProperties: false },
      { "a.b": 2 },
      false,
    ],
    ["a pattern that is no Unicode pattern", { pattern: "^[\\w-.]+$" }, '"a.b"', true],
    ["a keyword of Ajv's own is none", { $async: true, type: "string" } as JsonSchema, '"x"', true],
    ["formats", { format: "date" }, '"2024-02-30"', false],
    ["unknown formats are annotations", { format: "colour" }, '"x"', true],
    ["inherited members are no members", { required: ["toString"] }, {}, false],
    ["nullable is no keyword", { properties: { a: { nullable: true } } }, { a: 1 }, true],
    ["`id` is no keyword after draft 4", { id: "x", type: "string" }, '"x"', true],
    ["no JSON", {}, "{", false],
  ])("%s", async (_name, schema, value, valid) => {
    const verdict = await judge(schema, value);
    expect(verdict.valid, verdict.message).toBe(valid);
  });

  it("says where and why", async () => {
    const verdict = await judge({ properties: { a: { items: { type: "string" } } } }, { a: ["x", 1] });
    expect(verdict).toMatchObject({
      valid: false,
      pointer: "/a/1",
      message: expect.stringContaining("string"),
    });
  });

  it("says where too when the other library judges", async () => {
    const schema = { properties: { "a/b": { items: { maximum: 1 } } }, unevaluatedProperties: false };
    expect(await judge(schema, { "a/b": [1, 2] })).toMatchObject({
      valid: false,
      pointer: "/a~1b/1",
      message: "is not valid (maximum)",
    });
  });

  it("follows dynamic references and a lone `if`", async () => {
    const tree = {
      $id: "https://example.com/tree",
      $dynamicAnchor: "node",
      type: "object",
      properties: { children: { type: "array", items: { $dynamicRef: "#node" } } },
    };
    expect(await judge(tree, { children: [{ children: [] }] })).toMatchObject({ valid: true });
    expect(await judge(tree, { children: [1] })).toMatchObject({ valid: false, pointer: "/children/0" });
    const strict = {
      $id: "https://example.com/strict",
      $dynamicAnchor: "node",
      $ref: "tree",
      unevaluatedProperties: false,
      $defs: { tree },
    };
    expect(await judge(strict, { children: [{ children: [] }] })).toMatchObject({ valid: true });
    expect(await judge(strict, { children: [{ other: 1 }] })).toMatchObject({ valid: false });
    const lone = { unevaluatedProperties: false, if: { properties: { a: true } }, then: {} };
    expect(await judge(lone, { a: 1 })).toMatchObject({ valid: true });
  });

  it("refuses a schema that no validator can compile, and fetches nothing", async () => {
    for (const $ref of ["#/nowhere", "https://json-schema.org/draft/2020-12/none", "file:///etc/passwd"]) {
      await expect(documents.prepare({ schemaText: JSON.stringify({ $ref }) })).rejects.toThrow(
        UncheckableSchemaError,
      );
    }
  });

  it("reads the documents that are handed over", async () => {
    for (const more of ["", ',"unevaluatedProperties":false']) {
      const source = {
        schemaText: `{"$ref":"https://example.com/n"${more}}`,
        documents: { "https://example.com/n": '{"properties":{"a":{"enum":[12345678901234567890]}}}' },
      };
      expect(await documents.check(source, '{"a":12345678901234567890}')).toMatchObject({ valid: true });
      expect(await documents.check(source, '{"a":12345678901234567891}')).toMatchObject({ valid: false });
      expect(await documents.check(source, '{"a":1}')).toMatchObject({ valid: false });
    }
  });

  it("takes any number of schemas with the same $id", async () => {
    for (let i = 0; i < 400; i++) {
      const schema = { $id: "https://example.com/same", const: i };
      expect((await judge(schema, i)).valid).toBe(true);
      expect((await judge(schema, i + 1)).valid).toBe(false);
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
    expect(isMultipleOf(decimalOf(String(value)), decimalOf(String(divisor)))).toBe(expected);
  });
});

/** The threads of this process with their `nice` values. */
function priorities(): { id: string; nice: number }[] {
  return readdirSync("/proc/self/task").flatMap((id) => {
    try {
      return [{ id, nice: getPriority(Number(id)) }];
    } catch {
      // It has just ended.
      return [];
    }
  });
}

function minus<T extends { id: string }>(all: readonly T[], some: readonly T[]): T[] {
  const known = new Set(some.map(({ id }) => id));
  return all.filter(({ id }) => !known.has(id));
}

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

  const RUNAWAY = { schemaText: JSON.stringify({ pattern: "^(a|a)*$" }) };
  const ENDLESS = `"${"a".repeat(40)}!"`;
  const ORDINARY = { schemaText: '{"type":"integer"}' };

  it("ends a runaway job alone, with an error of its own", async () => {
    validator = new DocumentValidator({ workers: 1, jobMs: 4_000 });
    await validator.prepare(ORDINARY);
    const slow = validator.check(RUNAWAY, ENDLESS);
    const others = [0, 1, 2].map(() => validator.check(ORDINARY, "1"));
    await expect(slow).rejects.toMatchObject({ code: "validation_timeout", retryable: false });
    for (const { valid } of await Promise.all(others)) expect(valid).toBe(true);
  }, 60_000);

  it("judges others in another thread meanwhile", async () => {
    validator = new DocumentValidator({ workers: 2, jobMs: 60_000 });
    const slow = validator.check(RUNAWAY, ENDLESS).catch((error: unknown) => error);
    expect((await validator.check(ORDINARY, "1")).valid).toBe(true);
    await validator.close();
    expect(await slow).toMatchObject({ code: "engine_unavailable" });
  });

  // Elsewhere the system has no priorities of threads.
  it.runIf(process.platform === "linux")(
    "computes with a lower priority what takes long, and nothing else on that thread",
    async () => {
      const before = priorities();
      validator = new DocumentValidator({ workers: 1, jobMs: 60_000 });
      const names = Array.from({ length: 1500 }, (_, i) => `n${i}`);
      const properties = Object.fromEntries(names.map((name) => [name, { type: "string", minLength: 1 }]));
      const large = { schemaText: JSON.stringify({ properties, required: names }) };
      await validator.prepare(large);
      const [lowered] = minus(priorities(), before).filter(({ nice }) => nice === getPriority() + 10);
      expect(lowered).toBeDefined();
      // It keeps what it has compiled, until another schema takes its place.
      expect((await validator.check(large, "{}")).valid).toBe(false);
      expect(priorities()).toContainEqual(lowered);
      expect((await validator.check(ORDINARY, "1")).valid).toBe(true);
      await expect.poll(priorities).not.toContainEqual(lowered);
    },
  );
  it("replaces a thread that was ended from outside, whose job alone is lost", async () => {
    validator = new DocumentValidator({ workers: 1, jobMs: 60_000 });
    const started = once(process, "worker") as Promise<[Worker]>;
    const lost = expect(validator.check(RUNAWAY, ENDLESS)).rejects.toMatchObject({
      code: "engine_unavailable",
      retryable: true,
    });
    const others = [0, 1].map(() => validator.check(ORDINARY, "1"));
    const [thread] = await started;
    await thread.terminate();
    await lost;
    for (const { valid } of await Promise.all(others)) expect(valid).toBe(true);
  });

  it("gives up what its caller has left", async () => {
    validator = new DocumentValidator({ workers: 1, jobMs: 60_000, abandonedMs: 50 });
    const leaving = new AbortController();
    const left = [RUNAWAY, ORDINARY].map((source) => validator.check(source, ENDLESS, leaving.signal));
    const slow = Promise.allSettled(left);
    const next = validator.check(ORDINARY, "1");
    leaving.abort();
    for (const outcome of await slow) expect(outcome).toMatchObject({ reason: { code: "cancelled" } });
    expect((await next).valid).toBe(true);
  });

  it("says of a schema that it cannot be checked before there is a document, each time", async () => {
    validator = new DocumentValidator();
    for (let i = 0; i < 2; i++) {
      await expect(validator.prepare({ schemaText: '{"$ref":"#/nowhere"}' })).rejects.toMatchObject({
        code: "unsupported_schema",
      });
    }
  });

  it("takes anything by a schema that leads nowhere but to itself", async () => {
    validator = new DocumentValidator();
    const circular = { schemaText: '{"$ref":"#/$defs/n","$defs":{"n":{"$ref":"#/$defs/n"}}}' };
    expect(await validator.check(circular, "1")).toEqual({ valid: true });
  });

  it("gives up compiling when all have left, not before", async () => {
    validator = new DocumentValidator();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = validator.prepare(ORDINARY, one.signal);
    const second = validator.prepare(ORDINARY, other.signal);
    one.abort();
    await expect(first).rejects.toMatchObject({ code: "cancelled" });
    await second;
    const third = validator.prepare({ schemaText: '{"type":"null"}' }, one.signal);
    await expect(third).rejects.toMatchObject({ code: "cancelled" });
    await validator.prepare({ schemaText: '{"type":"null"}' });
  });
});

describe("decimals", () => {
  const number = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: -8, max: 8 }))
    .map(([digits, exponent]) => ({
      text: `${digits}e${exponent}`,
      scaled: digits * 10n ** BigInt(exponent + 8),
    }));

  it("compare and divide as exact arithmetic does, whatever the spelling", () => {
    fc.assert(
      fc.property(number, number, (left, right) => {
        const [one, other] = [decimalOf(left.text), decimalOf(right.text)];
        expect(Math.sign(compareDecimals(one, other))).toBe(
          left.scaled < right.scaled ? -1 : left.scaled > right.scaled ? 1 : 0,
        );
        expect(canonicalNumber(left.text) === canonicalNumber(right.text)).toBe(left.scaled === right.scaled);
        expect(isInteger(one)).toBe(left.scaled % 10n ** 8n === 0n);
        if (right.scaled !== 0n) expect(isMultipleOf(one, other)).toBe(left.scaled % right.scaled === 0n);
        expect(isDouble(left.text)).toBe(
          canonicalNumber(String(Number(left.text))) === canonicalNumber(left.text),
        );
      }),
      { numRuns: 500 },
    );
    expect(isMultipleOf(decimalOf("1e999999999"), decimalOf("7e-999999999"))).toBe(false);
    expect(compareDecimals(decimalOf("-1e999999999"), decimalOf("1e-999999999"))).toBeLessThan(0);
  });
});
