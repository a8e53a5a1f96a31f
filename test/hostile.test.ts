import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CompileLimits, compileSchema, SchemaError } from "../src/constraint/index.js";
import { hostileSchemas } from "../src/constraint/testing/hostileSchemas.js";
import { allowedTokens, smallVocabulary } from "../src/constraint/testing/smallVocabulary.js";
import type { JsonSchema } from "../src/types.js";
import "./seed.js";

const vocabulary = smallVocabulary();
/** What a schema may cost here: far below the defaults, so that what runs out does so soon. */
const LIMITS: Partial<CompileLimits> = {
  compileWork: 40_000_000,
  stepWork: 20_000_000,
  memoryBytes: 64 << 20,
  compileMs: 60_000,
};

/**
 * Compiles a schema, and writes a document with the least budget and some more. What it costs is within the limits, or
 * refused by name; a document that is begun is brought to its end.
 */
function write(schema: JsonSchema, seed: number): "written" | "refused" | "too long" {
  let state = seed | 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const mask = new Uint32Array(vocabulary.maskWords);
  try {
    const grammar = compileSchema(schema, { limits: LIMITS, numbers: "plain", maxWhitespace: 0 });
    const matcher = grammar.matcher(vocabulary);
    const least = matcher.tokensToEnd();
    if (least > 200) return "too long";
    for (let remaining = least + random(40); remaining > 0; remaining--) {
      matcher.fillMask(mask, remaining);
      const allowed = allowedTokens(mask, vocabulary.size);
      expect(allowed.length).toBeGreaterThan(0);
      const token = allowed[random(allowed.length)];
      expect(matcher.accept(token)).toBe(true);
      if (vocabulary.isEnd(token)) return "written";
    }
    expect(matcher.canEnd).toBe(true);
    return "written";
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return "refused";
  }
}

test("schemas made to be dear are written, or refused within their limits", { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(hostileSchemas, fc.nat(), (schema, seed) => {
      write(schema, seed);
    }),
    { numRuns: 30 },
  );
});

const KNOWN: [string, JsonSchema, string][] = [
  ["a hundred million items", { type: "array", minItems: 100_000_000 }, "too long"],
  ["a string of 160 million characters", { type: "string", minLength: 160_000_000 }, "too long"],
  [
    "a pattern with a long length",
    { type: "string", pattern: "^([a-z]+ )+$", minLength: 50_000 },
    "too long",
  ],
  ["many matches", { type: "array", contains: { const: 1 }, minContains: 20_000 }, "too long"],
  ["a long constant", { const: Array.from({ length: 10_000 }, (_, i) => i) }, "too long"],
  [
    "many required items",
    { prefixItems: Array(3000).fill({ type: "null" }), type: "array", minItems: 3000 },
    "too long",
  ],
  [
    "many required members",
    {
      type: "object",
      properties: Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, { type: "integer" }])),
      required: Array.from({ length: 2000 }, (_, i) => `k${i}`),
    },
    "too long",
  ],
  ["pairs of pairs", pairs(60), "too long"],
  ["an enumeration of numbers", { enum: Array.from({ length: 20_000 }, (_, i) => i * 7) }, "written"],
];

function pairs(depth: number): JsonSchema {
  const $defs: Record<string, JsonSchema> = { d0: { type: "integer" } };
  for (let i = 1; i <= depth; i++) {
    const $ref = `#/$defs/d${i - 1}`;
    $defs[`d${i}`] = { type: "array", prefixItems: [{ $ref }, { $ref }], minItems: 2 };
  }
  return { $ref: `#/$defs/d${depth}`, $defs };
}

test.each(KNOWN)("%s", { timeout: 120_000 }, (_, schema, outcome) => {
  expect(write(schema, 5)).toBe(outcome);
});

const folder = process.env["FORMWORK_HOSTILE"];
const file = `${folder}/hostile.mjs`;

// A folder with `hostile.mjs`, which exports schemas by name; named by FORMWORK_HOSTILE.
describe.runIf(folder !== undefined && existsSync(file))("hostile schemas from outside", () => {
  test("are written, or refused within their limits", { timeout: 1_200_000 }, async () => {
    const { hostile } = (await import(pathToFileURL(file).href)) as { hostile: Record<string, JsonSchema> };
    for (const [name, schema] of Object.entries(hostile)) {
      try {
        write(schema, 9);
      } catch (error) {
        throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
});
