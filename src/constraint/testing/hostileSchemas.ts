import fc from "fast-check";
import type { JsonSchema } from "../../types.js";

// Small schemas that ask for much: large counts, patterns whose automata grow, references that double, negations and
// choices that multiply, and these inside each other.

const count = fc.constantFrom(0, 1, 3, 40, 700, 20_000, 1_000_000, 4_000_000_000, 1e300);
const length = fc.constantFrom(0, 2, 60, 1000, 30_000, 160_000_000);
const pattern = fc.constantFrom(
  "^(a|b)*a(a|b){9}$",
  "^(a|b)*a(a|b){20}$",
  "a.{12}$",
  "^([a-z]+ )+$",
  "^(abc|de)*$",
  "^[\\s\\S]{50,}$",
  "^[a-z]{1,2}$",
  "^[ab]{9}$",
  "^(?=.*a)(?=.*b)(?=.*c).*$",
  "(x+x+)+y",
  "^([é中]|💩)*$",
);
const format = fc.constantFrom("idn-email", "iri", "uri", "hostname", "date-time", "regex", "uuid");

const strings: fc.Arbitrary<JsonSchema> = fc.record(
  { type: fc.constant("string"), minLength: length, maxLength: length, pattern, format },
  { requiredKeys: ["type"] },
) as fc.Arbitrary<JsonSchema>;

const numbers: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.record(
    {
      type: fc.constant("number"),
      minimum: fc.constantFrom(0, 1e15, -1e300, 0.1),
      exclusiveMaximum: fc.constantFrom(1, 1e15 + 1, 1e300),
      multipleOf: fc.constantFrom(1e-300, 1e-15, 999983, 0.1, 3),
    },
    { requiredKeys: ["type"] },
  ) as fc.Arbitrary<JsonSchema>,
  fc
    .constantFrom(10, 3000)
    .map((size): JsonSchema => ({ enum: Array.from({ length: size }, (_, i) => i * 37) })),
);

function repeated(size: number, of: (i: number) => JsonSchema): JsonSchema[] {
  return Array.from({ length: size }, (_, i) => of(i));
}

const size = fc.constantFrom(2, 9, 40, 300);

export const hostileSchemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ any: JsonSchema }>((tie) => {
  const any = tie("any");
  const arrays = fc.record(
    {
      type: fc.constant("array"),
      items: any,
      minItems: count,
      maxItems: count,
      uniqueItems: fc.boolean(),
      contains: any,
      minContains: count,
    },
    { requiredKeys: ["type"] },
  ) as fc.Arbitrary<JsonSchema>;
  const objects = fc.record(
    {
      type: fc.constant("object"),
      additionalProperties: any,
      patternProperties: fc.dictionary(pattern, any, { maxKeys: 4, noNullPrototype: true }),
      propertyNames: strings,
      minProperties: count,
      maxProperties: count,
    },
    { requiredKeys: ["type"] },
  ) as fc.Arbitrary<JsonSchema>;
  const many = fc.tuple(size, any).map(
    ([n, of]): JsonSchema => ({
      type: "object",
      properties: Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, of])),
      required: Array.from({ length: n }, (_, i) => `k${i}`),
    }),
  );
  const choices = fc.tuple(fc.constantFrom("anyOf", "oneOf", "allOf"), size, strings).map(
    ([keyword, n, of]): JsonSchema => ({
      [keyword]: repeated(n, (i) => ({ properties: { [`a${i}`]: of }, required: [`a${i}`] })),
    }),
  );
  const doubling = fc.tuple(fc.constantFrom(5, 24, 60), any).map(([depth, leaf]): JsonSchema => {
    const $defs: Record<string, JsonSchema> = { d0: leaf };
    for (let i = 1; i <= depth; i++) {
      const $ref = `#/$defs/d${i - 1}`;
      $defs[`d${i}`] = { type: "array", prefixItems: [{ $ref }, { $ref }], minItems: 2 };
    }
    return { $ref: `#/$defs/d${depth}`, $defs };
  });
  return {
    any: fc.oneof(
      { depthSize: "small", maxDepth: 3, withCrossShrink: true },
      strings,
      numbers,
      arrays,
      objects,
      many,
      choices,
      doubling,
      any.map((schema): JsonSchema => ({ not: schema })),
    ),
  };
}).any;
