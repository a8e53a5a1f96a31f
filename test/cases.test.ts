import { describe, expect, test } from "vitest";
import { compileSchema, type Dialect, type Grammar, Vocabulary } from "../src/constraint/index.js";
import { SchemaError } from "../src/errors.js";
import { dialectsOf, documentsOf, type PinnedCase, pinnedCases } from "./caseFiles.js";

const cases = pinnedCases();
const encoder = new TextEncoder();

/** A token a byte, and the end. */
const bytes = new Vocabulary({
  tokens: [...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)), new Uint8Array(0)],
  special: [256],
  eos: 256,
});

function compile(one: PinnedCase, dialect: Dialect): Grammar {
  return compileSchema(one.schema, {
    defaultDialect: dialect,
    propertyOrder: one.order ?? "any",
    ...(one.documents === undefined ? {} : { documents: one.documents }),
    ...(one.formats === undefined ? {} : { formats: one.formats }),
  });
}

/** The verdict that masks give when the text comes byte by byte. */
function follows(grammar: Grammar, text: string): boolean {
  const matcher = grammar.matcher(bytes);
  const mask = new Uint32Array(bytes.maskWords);
  for (const byte of encoder.encode(text)) {
    matcher.fillMask(mask);
    expect(
      mask.some((word) => word !== 0),
      "no dead end",
    ).toBe(true);
    const allowed = ((mask[byte >>> 5] >>> (byte & 31)) & 1) === 1;
    expect(matcher.accept(byte), "a mask and what is accepted agree").toBe(allowed);
    if (!allowed) return false;
  }
  matcher.fillMask(mask);
  expect((mask[8] & 1) === 1, "the end is in the mask exactly where the document may end").toBe(
    matcher.canEnd,
  );
  return matcher.canEnd;
}

describe.each(cases)("$file $keyword: $name ($drafts)", (one) => {
  test.each(dialectsOf(one))("%s", (dialect) => {
    if (one.refused !== undefined) {
      let refusal: unknown;
      try {
        compile(one, dialect);
      } catch (thrown) {
        refusal = thrown;
      }
      expect(refusal).toBeInstanceOf(SchemaError);
      expect(refusal).toMatchObject(one.refused);
      return;
    }
    const grammar = compile(one, dialect);
    const documents = documentsOf(one);
    expect(documents.filter(({ text, valid }) => grammar.accepts(text) !== valid)).toEqual([]);
    expect(documents.filter(({ text, valid }) => follows(grammar, text) !== valid)).toEqual([]);
  });
});

// The first draft that has each keyword, and the last.
const KEYWORDS: readonly [string, Dialect, Dialect][] = [
  ..."type enum multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern format"
    .split(" ")
    .map((keyword): [string, Dialect, Dialect] => [keyword, "draft-04", "2020-12"]),
  ..."items minItems maxItems uniqueItems properties required minProperties maxProperties patternProperties"
    .split(" ")
    .map((keyword): [string, Dialect, Dialect] => [keyword, "draft-04", "2020-12"]),
  ..."additionalProperties dependencies allOf anyOf oneOf not $ref definitions $schema"
    .split(" ")
    .map((keyword): [string, Dialect, Dialect] => [keyword, "draft-04", "2020-12"]),
  ["additionalItems", "draft-04", "2019-09"],
  ["id", "draft-04", "draft-04"],
  ..."$id const contains propertyNames"
    .split(" ")
    .map((keyword): [string, Dialect, Dialect] => [keyword, "draft-06", "2020-12"]),
  ..."if then else".split(" ").map((keyword): [string, Dialect, Dialect] => [keyword, "draft-07", "2020-12"]),
  ..."$defs $anchor dependentRequired dependentSchemas minContains maxContains unevaluatedItems unevaluatedProperties"
    .split(" ")
    .map((keyword): [string, Dialect, Dialect] => [keyword, "2019-09", "2020-12"]),
  ["$recursiveRef", "2019-09", "2019-09"],
  ["$recursiveAnchor", "2019-09", "2019-09"],
  ["prefixItems", "2020-12", "2020-12"],
  ["$dynamicRef", "2020-12", "2020-12"],
  ["$dynamicAnchor", "2020-12", "2020-12"],
];

test.each(KEYWORDS)("%s has three cases in each draft from %s to %s", (keyword, from, to) => {
  const dialects: Dialect[] = ["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"];
  for (const dialect of dialects.slice(dialects.indexOf(from), dialects.indexOf(to) + 1)) {
    const count = cases.filter((one) => one.keyword === keyword && dialectsOf(one).includes(dialect)).length;
    expect(count, `${keyword}, ${dialect}`).toBeGreaterThanOrEqual(3);
  }
});
