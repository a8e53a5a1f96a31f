import { expect, test } from "vitest";
import { compileSchema } from "../src/constraint/index.js";
import { SchemaError } from "../src/errors.js";
import type { JsonSchema } from "../src/types.js";

// Members in declared order lose no document: each valid set of members has a place in it, whatever is counted, required or ruled out.

const DECLARED = ["b", "a", "c"];
const NAMES = [...DECLARED, "d", "e"];
const REST: Record<string, JsonSchema> = {
  "no others": { additionalProperties: false },
  "some others": { patternProperties: { "^[de]$": true }, additionalProperties: false },
  "any others": {},
};
const EXCLUDED: readonly (JsonSchema | undefined)[] = [undefined, { const: { a: 0 } }, { required: ["c"] }];

function subsets(names: readonly string[]): string[][] {
  return Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_, i) => (bits >> i) & 1));
}

function written(names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, 0])));
}

function accepted(schema: JsonSchema, propertyOrder: "any" | "declared"): string[] {
  try {
    const grammar = compileSchema(schema, { propertyOrder });
    return subsets(NAMES)
      .map(written)
      .filter((text) => grammar.accepts(text));
  } catch (thrown) {
    if (thrown instanceof SchemaError && thrown.code === "unsatisfiable_schema") return [];
    throw thrown;
  }
}

test.each(Object.entries(REST))("declared order admits what any order does: %s", (_, rest) => {
  for (const required of subsets(["a", "e"])) {
    for (const not of EXCLUDED) {
      for (const [minProperties, maxProperties] of [0, 1, 2, 3, 4].flatMap((min) =>
        [1, 2, 3, 5].map((max) => [min, max]),
      )) {
        const schema: JsonSchema = {
          type: "object",
          properties: Object.fromEntries(DECLARED.map((name) => [name, {}])),
          ...(rest as object),
          required,
          minProperties,
          maxProperties,
          ...(not === undefined ? {} : { not }),
        };
        expect(accepted(schema, "declared"), JSON.stringify(schema)).toEqual(accepted(schema, "any"));
      }
    }
  }
});
