import fc from "fast-check";
import { JsonNumber, type JsonObject, type JsonValue } from "../../json/index.js";
import type { Dialect } from "../../schema/index.js";

// Schemas of every draft, as lossless JSON: names that JavaScript objects would lose or reorder, numbers that doubles would
// round, texts with surrogates, and negations of all that. Few of each, so that schemas and documents meet.

const NAMES = ["a", "b", "10", "2", "__proto__", "constructor", "toString", "é"];
const NUMBERS = [
  ..."0 1 2 3 -1 0.5 1.0 1.5 10".split(" "),
  ..."9007199254740992 9007199254740993 12345678901234567890 12345678901234567891 0.1 0.10000000000000001".split(
    " ",
  ),
];
const TEXTS = ["", "a", "b", "ab", "aab", "é", "💩", "💩a"];
const PATTERNS = ["^a", "b$", "^[ab]*$", "^.$", "^[^a]+$", "^💩", "\\S", "^(?!a)", "^\\W"];
const NAME_PATTERNS = ["^a", "^_", "o", "^\\d", "^.$"];
const TYPES = ["null", "boolean", "object", "array", "number", "integer", "string"];

export const DIALECTS: readonly Dialect[] = ["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"];
const SCHEMA_URIS: Readonly<Record<Dialect, string>> = {
  "draft-04": "http://json-schema.org/draft-04/schema#",
  "draft-06": "http://json-schema.org/draft-06/schema#",
  "draft-07": "http://json-schema.org/draft-07/schema#",
  "2019-09": "https://json-schema.org/draft/2019-09/schema",
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
};

const name = fc.constantFrom(...NAMES);
const number = fc.constantFrom(...NUMBERS).map((text): JsonValue => new JsonNumber(text));
const positive = fc
  .constantFrom("1", "2", "0.5", "0.1", "3", "1e-1")
  .map((text): JsonValue => new JsonNumber(text));
const count = fc.constantFrom("0", "1", "2", "3").map((text): JsonValue => new JsonNumber(text));
const text = fc.constantFrom<JsonValue>(...TEXTS);
const flag = fc.boolean() as fc.Arbitrary<JsonValue>;
const names = fc.uniqueArray(name, { maxLength: 2 }) as fc.Arbitrary<JsonValue>;

type Members = fc.Arbitrary<readonly (readonly [string, JsonValue])[]>;

const object = (members: readonly (readonly [string, JsonValue])[]): JsonObject => new Map(members);

function map(keys: fc.Arbitrary<string>, value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  return fc
    .uniqueArray(fc.tuple(keys, value), { maxLength: 3, selector: ([key]) => key })
    .map((members): JsonValue => object(members));
}

/** Documents of the kind that `dialectSchemas` talk about. */
export const losslessDocuments: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false),
    number,
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    map(name, tie("value")),
  ),
})).value;

/** Two of the keywords, or three: with many at once hardly any document is left. */
function some(model: Readonly<Record<string, fc.Arbitrary<JsonValue>>>): Members {
  return fc
    .subarray(Object.keys(model), { minLength: 1, maxLength: Math.min(3, Object.keys(model).length) })
    .chain((keywords) =>
      fc.tuple(
        ...keywords.map((keyword) => model[keyword].map((value): [string, JsonValue] => [keyword, value])),
      ),
    );
}

/** A schema of a draft, as lossless JSON. It names its draft. */
export function dialectSchemas(dialect: Dialect): fc.Arbitrary<JsonObject> {
  const age = DIALECTS.indexOf(dialect);
  const from = (since: Dialect, model: Record<string, fc.Arbitrary<JsonValue>>) =>
    age >= DIALECTS.indexOf(since) ? model : {};
  const until = (last: Dialect, model: Record<string, fc.Arbitrary<JsonValue>>) =>
    age <= DIALECTS.indexOf(last) ? model : {};
  const definitions = age >= 3 ? "$defs" : "definitions";
  const types = fc.oneof(
    fc.constantFrom<JsonValue>(...TYPES),
    fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }) as fc.Arbitrary<JsonValue>,
  );
  const { schema } = fc.letrec<{ schema: JsonValue }>((tie) => {
    const inner = tie("schema");
    const list = fc.array(inner, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<JsonValue>;
    const values = fc.array(losslessDocuments, { minLength: 1, maxLength: 4 }) as fc.Arbitrary<JsonValue>;
    const groups: Members[] = [
      some({
        minimum: number,
        maximum: number,
        multipleOf: positive,
        ...until("draft-04", { exclusiveMinimum: flag, exclusiveMaximum: flag }),
        ...from("draft-06", { exclusiveMinimum: number, exclusiveMaximum: number }),
      }),
      some({
        minLength: count,
        maxLength: count,
        pattern: fc.constantFrom<JsonValue>(...PATTERNS),
      }),
      some({ enum: values, ...from("draft-06", { const: losslessDocuments }) }),
      some({
        ...until("2019-09", { items: fc.oneof(inner, list), additionalItems: inner }),
        ...from("2020-12", { items: inner, prefixItems: list }),
        minItems: count,
        maxItems: count,
        uniqueItems: flag,
        ...from("draft-06", { contains: inner }),
        ...from("2019-09", {
          contains: inner,
          minContains: count,
          maxContains: count,
          unevaluatedItems: inner,
        }),
      }),
      some({
        properties: map(name, inner),
        patternProperties: map(fc.constantFrom(...NAME_PATTERNS), inner),
        additionalProperties: fc.oneof(inner, fc.constant<JsonValue>(false)),
        required: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }) as fc.Arbitrary<JsonValue>,
        minProperties: count,
        maxProperties: count,
        ...from("draft-06", { propertyNames: inner }),
        ...until("draft-07", {
          dependencies: map(name, fc.oneof(inner, fc.uniqueArray(name, { minLength: 1, maxLength: 2 }))),
        }),
        ...from("2019-09", {
          dependentRequired: map(name, names),
          dependentSchemas: map(name, inner),
          unevaluatedProperties: fc.oneof(inner, fc.constant<JsonValue>(false)),
        }),
      }),
      some({ allOf: list, anyOf: list, oneOf: list, not: inner }),
      // Closed objects, which have their say under negations and in unions.
      fc
        .tuple(map(name, inner), fc.boolean())
        .map(([properties, isTyped]): (readonly [string, JsonValue])[] => [
          ...(isTyped ? [["type", "object"] as const] : []),
          ["properties", properties],
          ["additionalProperties", false],
        ]),
      fc.constantFrom("a", "b").map((target) => [["$ref", `#/${definitions}/${target}`] as const]),
    ];
    // Keywords of other drafts, as real schemas mix them in.
    groups.push(
      some({
        const: losslessDocuments,
        contains: inner,
        propertyNames: inner,
        prefixItems: list,
        dependencies: map(name, fc.oneof(inner, names)),
        dependentRequired: map(name, names),
        unevaluatedProperties: fc.constant<JsonValue>(false),
        if: inner,
        minimum: number,
        exclusiveMinimum: fc.oneof(number, flag),
        maximum: number,
        exclusiveMaximum: fc.oneof(number, flag),
        items: fc.oneof(inner, list),
        additionalItems: inner,
        required: flag,
        nullable: flag,
      }),
    );
    if (age >= 2)
      groups.push(
        fc
          .record({ if: inner, then: inner, else: inner }, { requiredKeys: ["if"] })
          .map((parts): (readonly [string, JsonValue])[] => Object.entries(parts)),
      );
    if (dialect === "2020-12") groups.push(fc.constant([["$dynamicRef", "#node"] as const]));
    if (dialect === "2019-09") groups.push(fc.constant([["$recursiveRef", "#"] as const]));
    const merged = fc
      .tuple(
        fc.option(types, { nil: undefined }),
        fc.array(fc.oneof(...groups), { minLength: 1, maxLength: 2 }),
      )
      .map(([type, parts]): JsonValue => {
        const members = new Map(parts.flat());
        if (type !== undefined) members.set("type", type);
        return members;
      });
    return {
      schema: fc.oneof(
        { depthSize: "small", maxDepth: 3 },
        {
          arbitrary: fc.oneof(
            types.map((type): JsonValue => object([["type", type]])),
            fc.constant<JsonValue>(age >= 1 ? true : object([])),
            fc.constant<JsonValue>(object([["title", "annotation"]])),
          ),
          weight: 2,
        },
        { arbitrary: merged, weight: 5 },
      ),
    };
  });
  return fc
    .record({ root: schema, a: schema, b: schema, isDynamic: fc.boolean() })
    .map(({ root, a, b, isDynamic }) =>
      object([
        ["$schema", SCHEMA_URIS[dialect]],
        ...(isDynamic && dialect === "2020-12" ? [["$dynamicAnchor", "node"] as const] : []),
        ...(isDynamic && dialect === "2019-09" ? [["$recursiveAnchor", true] as const] : []),
        ["allOf", [root]],
        [
          definitions,
          object([
            ["a", a],
            ["b", b],
            ...(!isDynamic && dialect === "2020-12"
              ? [["c", object([["$dynamicAnchor", "node"]])] as const]
              : []),
          ]),
        ],
      ]),
    );
}

/** The negations under which a schema may stand. */
export function negationsOf(schema: JsonObject): JsonObject[] {
  const members = [...schema];
  const kept = members.filter(([name]) => name !== "allOf");
  const root = schema.get("allOf") as readonly JsonValue[];
  const [inner] = root;
  const isOld = /draft-0[46]/.test(String(schema.get("$schema")));
  return [
    object([...kept, ["not", inner]]),
    object([...kept, ["oneOf", [inner, object([])]]]),
    object([...kept, ["oneOf", [inner, object([["type", "object"]])]]]),
    ...(isOld ? [] : [object([...kept, ["if", inner], ["then", object([["not", object([])]])]])]),
  ];
}
