import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema, type Dialect, type Grammar } from "../src/constraint/index.js";
import {
  DIALECTS,
  dialectSchemas,
  losslessDocuments,
  negationsOf,
} from "../src/constraint/testing/dialectSchemas.js";
import { allowedTokens, smallVocabulary } from "../src/constraint/testing/smallVocabulary.js";
import { DocumentCheck } from "../src/engine/validate/documentCheck.js";
import { exactJudge } from "../src/engine/validate/exactJudge.js";
import { SchemaError } from "../src/errors.js";
import { type JsonObject, writeJson } from "../src/json/index.js";

// Schemas of every draft and their negations, as lossless text, against both independent validators: the one that is asked at
// the end of a request, which is Ajv where that is exact, and @hyperjump/json-schema for all.

const factor = Number(process.env["FORMWORK_RUNS"] ?? 1);
const runs = (count: number) => ({ numRuns: Math.ceil(count * factor) });
const check = new DocumentCheck();
const vocabulary = smallVocabulary();
const decoder = new TextDecoder("utf-8", { fatal: true });

const schemasOf = (dialect: Dialect): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(dialectSchemas(dialect), fc.nat())
    .map(([schema, at]) => [schema, ...negationsOf(schema)][at % (1 + negationsOf(schema).length)]);

/** The grammar; undefined where no document meets the schema. What is refused for another reason is passed over. */
function compile(text: string, options: Parameters<typeof compileSchema>[1]): Grammar | undefined {
  try {
    return compileSchema(text, options);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    expect(error.pointer, "a refusal points").toBeTypeOf("string");
    if (error.code === "unsatisfiable_schema") return undefined;
    throw new fc.PreconditionFailure();
  }
}

/** In draft 4, `1.0` is no integer, but passes for one under a negation: see docs/json-schema.md. */
function isUncommon(dialect: Dialect, text: string): boolean {
  return dialect === "draft-04" && /\d\.0\b/.test(text);
}

describe.each(DIALECTS)("schemas of %s", (dialect) => {
  test("accept exactly what two independent validators accept", async () => {
    await fc.assert(
      fc.asyncProperty(
        schemasOf(dialect),
        fc.array(losslessDocuments, { minLength: 4, maxLength: 10 }),
        async (schema, values) => {
          const schemaText = writeJson(schema);
          const grammar = compile(schemaText, { propertyOrder: "any" });
          const judge = await exactJudge({ schemaText }, dialect);
          for (const value of values) {
            const text = writeJson(value);
            if (isUncommon(dialect, text)) continue;
            const asked = (await check.check({ schemaText }, text)).valid;
            const verdicts = [grammar?.accepts(text) ?? false, asked, judge.check(value).valid];
            expect([schemaText, text, ...verdicts]).toEqual([schemaText, text, asked, asked, asked]);
          }
        },
      ),
      runs(150),
    );
  });

  test.each(["schema", "closed"] as const)(
    "are followed to the end of a document that the validator accepts, additional members: %s",
    async (additionalMembers) => {
      await fc.assert(
        fc.asyncProperty(
          schemasOf(dialect),
          fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
          async (schema, choices) => {
            const schemaText = writeJson(schema);
            const grammar = compile(schemaText, { numbers: "plain", additionalMembers, maxWhitespace: 1 });
            if (grammar === undefined) {
              expect([schemaText, compile(schemaText, { numbers: "plain" })]).toEqual([
                schemaText,
                undefined,
              ]);
              return;
            }
            const matcher = grammar.matcher(vocabulary);
            const mask = new Uint32Array(vocabulary.maskWords);
            const taken: number[] = [];
            for (const choice of choices) {
              matcher.fillMask(mask);
              const allowed = allowedTokens(mask, vocabulary.size);
              expect(allowed.length, `a way on: ${schemaText}`).toBeGreaterThan(0);
              const token = allowed[choice % allowed.length];
              if (token === vocabulary.eos) break;
              expect(matcher.accept(token)).toBe(true);
              taken.push(token);
            }
            for (const token of matcher.closingTokens()) {
              expect(matcher.accept(token)).toBe(true);
              taken.push(token);
            }
            expect(matcher.canEnd).toBe(true);
            const text = decoder.decode(vocabulary.bytesOf(taken));
            const verdict = await check.check({ schemaText }, text);
            expect([schemaText, text, verdict]).toEqual([schemaText, text, { valid: true }]);
          },
        ),
        runs(60),
      );
    },
  );
});
