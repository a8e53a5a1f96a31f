import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSchema, type Grammar } from "../src/constraint/index.js";
import { allowedTokens, smallVocabulary } from "../src/constraint/testing/smallVocabulary.js";
import { SchemaError } from "../src/errors.js";
import type { JsonSchema } from "../src/types.js";

// Many conditions that hold together in one place: what cannot be honoured is refused before generation, never in the middle.

const factor = Number(process.env["FORMWORK_RUNS"] ?? 1);
const vocabulary = smallVocabulary();

const CONDITIONS: Readonly<Record<string, (index: number) => JsonSchema>> = {
  "a pattern of one member": (i) => ({
    if: { properties: { a: { pattern: `x${i}` } } },
    then: { properties: { b: { maxLength: 100 + i } } },
  }),
  "a value of one member": (i) => ({
    if: { properties: { a: { const: `x${i}` } } },
    then: { properties: { b: { maxLength: 100 + i } } },
  }),
  "a value of one of three members": (i) => ({
    if: { properties: { [`a${i % 3}`]: { const: i } }, required: [`a${i % 3}`] },
    then: { required: [`q${i % 3}`] },
  }),
  "a member of its own": (i) => ({ if: { required: [`p${i}`] }, then: { required: [`q${i}`] } }),
  "one of two members": (i) => ({ anyOf: [{ required: [`p${i}`] }, { required: [`q${i}`] }] }),
  "a member that needs another": (i) => ({ dependentSchemas: { [`p${i}`]: { required: [`q${i}`] } } }),
  "a range of one member": (i) => ({
    if: { properties: { a: { minimum: 10 * i, exclusiveMaximum: 10 * i + 10 } }, required: ["a"] },
    then: { required: [`q${i}`] },
  }),
  "a member of a member": (i) => ({
    if: { properties: { a: { properties: { k: { const: i } }, required: ["k"] } }, required: ["a"] },
    then: { required: [`q${i}`] },
  }),
  "no two members": (i) => ({ not: { required: [`p${i}`, `q${i}`] } }),
};

/** Where the conditions stand. */
const PLACES: readonly ((inner: JsonSchema) => JsonSchema)[] = [
  (inner) => inner,
  (inner) => ({ properties: { o: inner } }),
  (inner) => ({ type: "array", items: inner, minItems: 1 }),
  (inner) => ({ additionalProperties: inner }),
  (inner) => ({ anyOf: [{ type: "null" }, { properties: { o: { properties: { o: inner } } } }] }),
];

const OBJECTS = ["{}", '{"a":"x1","b":"c"}', '{"a0":3,"q0":1}', '{"p1":1,"q1":2,"p2":3}'];

const TWELVE = Array.from({ length: 12 }, (_, i) => i);

test.each(Object.entries(CONDITIONS))("twelve conditions are each judged: %s", (_, condition) => {
  const together = compileSchema({ type: "object", allOf: TWELVE.map(condition) });
  const alone = TWELVE.map((i) => compileSchema({ type: "object", ...(condition(i) as object) }));
  for (const text of [...OBJECTS, '{"a":1,"b":""}', '{"a2":2}', '{"p1":1}', '{"q3":1,"p5":2,"q5":0}'])
    expect(together.accepts(text), text).toBe(alone.every((grammar) => grammar.accepts(text)));
});

const schemas = fc
  .record({
    kinds: fc.array(fc.constantFrom(...Object.keys(CONDITIONS)), { minLength: 1, maxLength: 2 }),
    count: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 60, max: 90 })),
    place: fc.constantFrom(...PLACES),
  })
  .map(({ kinds, count, place }) =>
    place({ allOf: Array.from({ length: count }, (_, i) => CONDITIONS[kinds[i % kinds.length]](i)) }),
  );

const DOCUMENTS = OBJECTS.flatMap((one) => [one, `{"o":${one}}`, `[${one}]`, `{"o":{"o":${one}}}`]);

function compile(schema: JsonSchema): Grammar | undefined {
  try {
    return compileSchema(schema, { numbers: "plain" });
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    expect(error.pointer, "a refusal points").toBeTypeOf("string");
    return undefined;
  }
}

test("conditions by the dozen and by the hundred are refused before generation or followed to the end", () => {
  let followed = 0;
  fc.assert(
    fc.property(schemas, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (schema, choices) => {
      const grammar = compile(schema);
      if (grammar === undefined) return;
      followed++;
      // Whatever the verdict: none is an error.
      for (const text of DOCUMENTS) expect(grammar.accepts(text)).toBeTypeOf("boolean");
      const matcher = grammar.matcher(vocabulary);
      const mask = new Uint32Array(vocabulary.maskWords);
      for (const choice of choices) {
        matcher.fillMask(mask);
        const allowed = allowedTokens(mask, vocabulary.size);
        const token = allowed[choice % allowed.length];
        if (token === vocabulary.eos) return;
        expect(matcher.accept(token)).toBe(true);
      }
      for (const token of matcher.closingTokens()) expect(matcher.accept(token)).toBe(true);
      expect(matcher.canEnd).toBe(true);
    }),
    { numRuns: Math.ceil(10 * factor) },
  );
  expect(followed).toBeGreaterThan(0);
});
