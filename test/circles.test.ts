import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema, type Grammar } from "../src/constraint/index.js";
import { DocumentCheck } from "../src/engine/validate/documentCheck.js";
import { exactJudge } from "../src/engine/validate/exactJudge.js";
import { SchemaError } from "../src/errors.js";
import { parseJson } from "../src/json/index.js";

// References that lead in a circle while they judge one and the same value. What such schemas mean is computed here by
// definition: all of them are taken to hold, and what contradicts itself by that is given up until nothing changes any more.

const factor = Number(process.env["FORMWORK_RUNS"] ?? 1);
const NAMES = ["a", "b", "c"];
const VALUES = ["null", "1", '"x"', "[]", "{}"];
const TYPES: Readonly<Record<string, string>> = {
  null: "null",
  "1": "number",
  '"x"': "string",
  "[]": "array",
  "{}": "object",
};

type Expression =
  | { type: string }
  | { $ref: string }
  | { not: Expression }
  | { allOf: Expression[] }
  | { anyOf: Expression[] }
  | { if: Expression; then: Expression; else: Expression };

/** `inner` stands under `not` and `if`. */
function expressions(inner: "types" | "references"): fc.Arbitrary<Expression> {
  const type = fc.constantFrom(...Object.values(TYPES)).map((name): Expression => ({ type: name }));
  const reference = fc.constantFrom(...NAMES).map((name): Expression => ({ $ref: `#/definitions/${name}` }));
  return fc.letrec<{ expression: Expression }>((tie) => {
    const list = fc.array(tie("expression"), { minLength: 1, maxLength: 3 });
    const denied = inner === "types" ? type : tie("expression");
    return {
      expression: fc.oneof(
        { depthSize: "small", maxDepth: 3 },
        type,
        reference,
        reference,
        denied.map((not): Expression => ({ not })),
        list.map((allOf): Expression => ({ allOf })),
        list.map((anyOf): Expression => ({ anyOf })),
        fc.record({ if: denied, then: tie("expression"), else: tie("expression") }),
      ),
    };
  }).expression;
}

const schemas = (inner: "types" | "references") =>
  fc.record({
    definitions: fc.tuple(expressions(inner), expressions(inner), expressions(inner)),
    isNegated: fc.boolean(),
  });

type Definitions = Readonly<Record<string, Expression>>;

function holds(expression: Expression, value: string, known: Readonly<Record<string, boolean>>): boolean {
  const inside = (one: Expression) => holds(one, value, known);
  if ("type" in expression) return TYPES[value] === expression.type;
  if ("$ref" in expression) return known[expression.$ref.slice("#/definitions/".length)];
  if ("not" in expression) return !inside(expression.not);
  if ("allOf" in expression) return expression.allOf.every(inside);
  if ("anyOf" in expression) return expression.anyOf.some(inside);
  return inside(inside(expression.if) ? expression.then : expression.else);
}

/** Whether `a` holds for the value. */
function meaning(definitions: Definitions, value: string): boolean {
  let known: Record<string, boolean> = Object.fromEntries(NAMES.map((name) => [name, true]));
  for (;;) {
    const next = Object.fromEntries(NAMES.map((name) => [name, holds(definitions[name], value, known)]));
    if (NAMES.every((name) => next[name] === known[name])) return known["a"];
    known = next;
  }
}

/** The grammar, undefined where no document meets the schema, or the refusal. */
function compile(schema: object): Grammar | SchemaError | undefined {
  try {
    return compileSchema(schema as never, { defaultDialect: "draft-07" });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return error.code === "unsatisfiable_schema" ? undefined : error;
  }
}

const check = new DocumentCheck();

/** The verdicts of the validator that judges documents at the end of requests, and of the one that judges the rest. */
async function opinions(schema: object, value: string): Promise<boolean[]> {
  const schemaText = JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", ...schema });
  const exact = await exactJudge({ schemaText }, "draft-07");
  return [(await check.check({ schemaText }, value)).valid, exact.check(parseJson(value)).valid];
}

function schemaOf(definitions: Definitions, isNegated: boolean): object {
  const root = { $ref: "#/definitions/a" };
  return { definitions, allOf: [isNegated ? { not: root } : root] };
}

const definitionsOf = (list: readonly Expression[]): Definitions =>
  Object.fromEntries(NAMES.map((name, index) => [name, list[index]]));

describe("circles of references", () => {
  test("mean the most that does not contradict itself", async () => {
    await fc.assert(
      fc.asyncProperty(schemas("types"), async ({ definitions: list, isNegated }) => {
        const definitions = definitionsOf(list);
        const schema = schemaOf(definitions, isNegated);
        const grammar = compile(schema);
        if (grammar instanceof SchemaError) throw grammar;
        for (const value of VALUES) {
          const expected = meaning(definitions, value) !== isNegated;
          const found = [grammar?.accepts(value) ?? false, ...(await opinions(schema, value))];
          expect([value, ...found]).toEqual([value, expected, expected, expected]);
        }
      }),
      { numRuns: Math.ceil(100 * factor) },
    );
  });

  test("that a value leads to a schema that holds only where it fails are refused, all others judged", async () => {
    let judged = 0;
    await fc.assert(
      fc.asyncProperty(schemas("references"), async ({ definitions: list, isNegated }) => {
        const schema = schemaOf(definitionsOf(list), isNegated);
        const grammar = compile(schema);
        if (grammar instanceof SchemaError) {
          expect([grammar.code, grammar.keyword]).toEqual(["invalid_schema", "$ref"]);
          expect(grammar.message).toContain("lead in a circle");
          return;
        }
        judged++;
        for (const value of VALUES) {
          const accepted = grammar?.accepts(value) ?? false;
          expect([value, ...(await opinions(schema, value))]).toEqual([value, accepted, accepted]);
        }
      }),
      { numRuns: Math.ceil(100 * factor) },
    );
    expect(judged).toBeGreaterThan(0);
  });
});
