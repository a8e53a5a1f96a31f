import fc from "fast-check";
import type { JsonSchema, JsonValue } from "../../types.js";

// Names, strings and numbers come from few, so that keywords meet: random values out of many never would.
const NAMES = ["a", "b", "c", 'q"', "é"];
const NUMBERS = [0, 1, 2, 3, 4, 6, 10, -1, -2, 0.5, 1.5, 2.25];
const PATTERNS = [
  "^a\\s*$",
  "^[^é]*b?$",
  "^\\S*$",
  "^a",
  "b$",
  "^[ab]*$",
  "^.{2}$",
  "aa",
  "^(?!b)",
  "^a?b*$",
];
const TYPES = ["null", "boolean", "object", "array", "number", "integer", "string"];

const name = fc.constantFrom(...NAMES);
const number = fc.constantFrom(...NUMBERS);
const count = fc.nat({ max: 3 });
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 }),
  fc.constantFrom("", "é", "💩", '"', "\n"),
);

/** Documents of the kind that `schemas` talk about. */
export const documents: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const types = fc.oneof(
  fc.constantFrom(...TYPES),
  fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }),
);

type Keywords = fc.Arbitrary<Record<string, unknown>>;

/** One or two of the keywords: with many at once hardly any document is left. */
function some(model: Record<string, fc.Arbitrary<unknown>>): Keywords {
  return fc
    .subarray(Object.keys(model), { minLength: 1, maxLength: 2 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, model[name]]))));
}

const numeric: Keywords = some({
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: fc.constantFrom(1, 2, 3, 0.5, 0.75),
});

const textual: Keywords = some({ minLength: count, maxLength: count, pattern: fc.constantFrom(...PATTERNS) });

const values: Keywords = fc.oneof(
  fc.record({ const: documents }),
  fc.record({ enum: fc.array(documents, { minLength: 1, maxLength: 4 }) }),
) as Keywords;

/** Which keywords random schemas use, besides the plain assertions. */
export interface Vocabulary {
  /** `allOf`, `anyOf`, `oneOf`, `not`, `if`. */
  combinations: boolean;
  /** `$ref` to `$defs`, recursive ones too. */
  references: boolean;
  /** `unevaluatedProperties`, `unevaluatedItems`. */
  unevaluated: boolean;
  /** `format`, patterns with control characters, and unique items of which there are few. */
  tight?: boolean;
}

const FORMATS =
  "email date time date-time duration ipv4 ipv6 uuid hostname uri uri-reference json-pointer relative-json-pointer regex".split(
    " ",
  );
/** Few strings, or strings of which some characters can only be escaped. */
const NARROW_PATTERNS = ["^\\n?a$", "^[\\u0000-\\u0003]{1,2}$", '^[\\\\"a]{2}$', "^\\t", "^a|\\u0001$"];
const narrow: Keywords = fc.oneof(
  some({ minLength: count, maxLength: count, format: fc.constantFrom(...FORMATS) }),
  some({ minLength: count, maxLength: count, pattern: fc.constantFrom(...NARROW_PATTERNS) }),
);

/** Schemas with few values, scalars and composites: items of which a unique array soon has no more. */
const fewValues: fc.Arbitrary<JsonSchema> = fc.letrec<{ few: JsonSchema }>((tie) => ({
  few: fc.oneof(
    { depthSize: "small", maxDepth: 2 },
    fc.constantFrom<JsonSchema>(
      { type: "boolean" },
      { type: "null" },
      { type: "integer", minimum: 1, maximum: 3 },
    ),
    fc.record({ enum: fc.array(documents, { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<JsonSchema>,
    fc
      .record({
        properties: fc.dictionary(name, tie("few"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
        all: fc.boolean(),
        open: fc.boolean(),
      })
      .map(
        ({ properties, all, open }): JsonSchema => ({
          type: "object",
          properties,
          required: Object.keys(properties).slice(all ? 0 : 1),
          ...(open ? {} : { additionalProperties: false }),
        }),
      ),
    fc
      .record({
        prefixItems: fc.array(tie("few"), { minLength: 1, maxLength: 2 }),
        least: fc.nat({ max: 2 }),
      })
      .map(
        ({ prefixItems, least }): JsonSchema => ({
          type: "array",
          prefixItems,
          items: false,
          minItems: least,
        }),
      ),
    fc.record({ anyOf: fc.array(tie("few"), { minLength: 2, maxLength: 2 }) }) as fc.Arbitrary<JsonSchema>,
  ),
})).few;
const uniqueArrays: Keywords = fc.record({
  type: fc.constant("array"),
  items: fewValues,
  uniqueItems: fc.constant(true),
  minItems: fc.nat({ max: 4 }),
}) as Keywords;

/** Items that differ, some of which have to be one of few values. */
const uniqueTuples: Keywords = fc.oneof(
  fc.record({
    type: fc.constant("array"),
    prefixItems: fc.array(fewValues, { minLength: 2, maxLength: 3 }),
    uniqueItems: fc.constant(true),
    minItems: fc.nat({ max: 4 }),
  }),
  fc.record({
    type: fc.constant("array"),
    items: fewValues,
    contains: fewValues,
    uniqueItems: fc.constant(true),
    maxItems: fc.nat({ max: 3 }),
  }),
) as Keywords;

const KEY_PATTERNS = ["^a", "b$", "^.$", "^..$", "a", "^[ab]*$", "c|d"];
/** Objects of few keys, which patterns ask for and rule out. */
const keyRequirements: Keywords = fc
  .record({
    patterns: fc.dictionary(fc.constantFrom(...KEY_PATTERNS), fewValues, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    demands: fc.array(fc.tuple(fc.constantFrom(...KEY_PATTERNS), fewValues), { minLength: 1, maxLength: 3 }),
    names: fc.option(fc.constantFrom(...KEY_PATTERNS), { nil: undefined }),
    closed: fc.boolean(),
    maxProperties: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    minProperties: fc.nat({ max: 2 }),
    required: fc.uniqueArray(name, { maxLength: 1 }),
  })
  .map(({ patterns, demands, names, closed, maxProperties, minProperties, required }) => ({
    type: "object",
    patternProperties: patterns,
    minProperties,
    required,
    ...(maxProperties === undefined ? {} : { maxProperties }),
    ...(names === undefined ? {} : { propertyNames: { pattern: names } }),
    ...(closed ? { additionalProperties: false } : {}),
    allOf: demands.map(([pattern, value]) => ({ not: { patternProperties: { [pattern]: { not: value } } } })),
  })) as Keywords;

/** Schemas of 2020-12, small and satisfiable more often than not. */
export function schemas(vocabulary: Vocabulary): fc.Arbitrary<JsonSchema> {
  const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => {
    const inner = tie("schema");
    const list = fc.array(inner, { minLength: 1, maxLength: 3 });
    const arrays: Keywords = some({
      items: inner,
      prefixItems: list,
      minItems: count,
      maxItems: count,
      uniqueItems: fc.boolean(),
      contains: inner,
      minContains: count,
      maxContains: count,
      ...(vocabulary.unevaluated ? { unevaluatedItems: inner } : {}),
    });
    const objects: Keywords = some({
      properties: fc.dictionary(name, inner, { maxKeys: 3, noNullPrototype: true }),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      additionalProperties: inner,
      patternProperties: fc.dictionary(fc.constantFrom("^a", "b", "^.$"), inner, {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      propertyNames: fc.oneof(textual, fc.record({ enum: fc.constant(["a", "b", 'q"']) })),
      minProperties: count,
      maxProperties: count,
      dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      dependentSchemas: fc.dictionary(name, inner, { maxKeys: 2, noNullPrototype: true }),
      ...(vocabulary.unevaluated ? { unevaluatedProperties: inner } : {}),
    });
    const combinations: Keywords = fc.oneof(
      some({ allOf: list, anyOf: list, oneOf: list, not: inner }),
      fc.record({ if: inner, then: inner, else: inner }, { requiredKeys: ["if"] }) as Keywords,
    );
    const reference: Keywords = fc.record({ $ref: fc.constantFrom("#/$defs/a", "#/$defs/b") }) as Keywords;
    const groups: Keywords[] = [numeric, textual, values, arrays, objects];
    if (vocabulary.combinations) groups.push(combinations, combinations);
    if (vocabulary.references) groups.push(reference);
    if (vocabulary.tight === true)
      groups.push(narrow, uniqueArrays, uniqueTuples, keyRequirements, keyRequirements);
    const merged = fc
      .tuple(
        fc.option(types, { nil: undefined }),
        fc.array(fc.oneof(...groups), { minLength: 1, maxLength: 2 }),
      )
      .map(([type, parts]): JsonSchema => {
        const schema: Record<string, unknown> = Object.assign(
          {},
          type === undefined ? {} : { type },
          ...parts,
        );
        // Ajv overlooks `contains` beside `prefixItems` where the array is empty.
        if ("prefixItems" in schema && "contains" in schema) delete schema["contains"];
        return schema;
      });
    return {
      schema: fc.oneof(
        { depthSize: "small", maxDepth: 3 },
        {
          arbitrary: fc.oneof(
            types.map((type): JsonSchema => ({ type })),
            fc.boolean(),
          ),
          weight: 2,
        },
        { arbitrary: merged, weight: 5 },
      ),
    };
  });
  if (!vocabulary.references) return schema;
  return fc.record({ root: schema, a: schema, b: schema }).map(({ root, a, b }) => ({
    ...(root === true ? {} : root === false ? { not: {} } : root),
    $defs: { a, b },
  }));
}
