import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSchema, type Dialect, type Grammar, Vocabulary } from "../src/constraint/index.js";
import { allowedTokens } from "../src/constraint/testing/smallVocabulary.js";
import { DocumentCheck } from "../src/engine/validate/documentCheck.js";
import { exactJudge } from "../src/engine/validate/exactJudge.js";
import { FORMAT_CHECKS } from "../src/engine/validate/formats.js";
import { parseJson } from "../src/json/index.js";
import { formatNames } from "../src/regex/index.js";
import "./seed.js";

// What the engine takes for a format, writes for it and writes where it is ruled out, against both validators.

const factor = Number(process.env["FORMWORK_RUNS"] ?? 1);
const DIALECTS: readonly (readonly [Dialect, string])[] = [
  ["draft-04", "http://json-schema.org/draft-04/schema#"],
  ["draft-07", "http://json-schema.org/draft-07/schema#"],
  ["2019-09", "https://json-schema.org/draft/2019-09/schema"],
  ["2020-12", "https://json-schema.org/draft/2020-12/schema"],
];
const PIECES = [
  ..."abzAZ019-._:/?#@%[]!$&'()*+,;=~ {}|^`<>éßαж中。．\u200d\u00b7\u30fb\u0660\u06f0\u{1f4a9}\u{10ffff}\u3000xnPTZtz",
  ...[
    "::",
    "%41",
    "xn--",
    "--",
    "25",
    "1.2",
    "23:59:60",
    "2016-12-31",
    "urn:uuid:",
    "http://",
    "[]",
    "null",
    "==",
  ],
];
const encoder = new TextEncoder();
const tokens = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...PIECES.map((piece) => encoder.encode(piece)),
];
const eos = tokens.length;
tokens.push(new Uint8Array(0));
const vocabulary = new Vocabulary({ tokens, special: [eos], eos });
const check = new DocumentCheck();

/** A text that the masks lead to, longer pieces preferred to bytes. */
function write(grammar: Grammar, choices: readonly number[], isWritten: boolean): string {
  const matcher = grammar.matcher(vocabulary);
  const mask = new Uint32Array(vocabulary.maskWords);
  const taken: number[] = [];
  for (const choice of choices) {
    matcher.fillMask(mask);
    const allowed = allowedTokens(mask, vocabulary.size);
    const pieces = allowed.filter((token) => token >= 256);
    const among = pieces.length > 0 && choice % 5 > 0 ? pieces : allowed;
    const token = among[(choice >>> 3) % among.length];
    if (token === eos) break;
    expect(matcher.accept(token)).toBe(true);
    taken.push(token);
  }
  for (const token of matcher.closingTokens()) {
    // Of texts that are judged, some are found to be invalid at their end.
    expect(matcher.accept(token) || !isWritten).toBe(true);
    taken.push(token);
  }
  return JSON.parse(new TextDecoder().decode(vocabulary.bytesOf(taken))) as string;
}

function mutate(text: string, choice: number): string {
  const characters = [...text];
  const at = choice % (characters.length + 1);
  const piece = PIECES[(choice >>> 8) % PIECES.length];
  const edit = (choice >>> 5) % 3;
  characters.splice(at, edit === 1 ? 0 : 1, ...(edit === 0 ? [] : [piece]));
  return characters.join("");
}

/** Beyond ASCII, what is seen is not what stands there. */
const visible = (text: string): string =>
  text.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

const CONTENTS: readonly object[] = [
  { contentEncoding: "base64" },
  { contentMediaType: "application/json" },
  { contentEncoding: "base64", contentMediaType: "application/json" },
];
const CASES: readonly (readonly [string, object])[] = [
  ...formatNames().map((format) => [format, { format }] as const),
  ...CONTENTS.map((content) => [JSON.stringify(content), content] as const),
];

test.each(CASES)("%s is what both validators take", { timeout: 120_000 }, async (_, restriction) => {
  const numbers = fc.array(fc.nat(), { minLength: 4, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...DIALECTS), numbers, async ([dialect, $schema], choices) => {
      const positive = { $schema, type: "string", ...restriction };
      const negative = { $schema, type: "string", not: restriction };
      const isAnnotation = "format" in restriction ? false : dialect !== "draft-07";
      const whole = compileSchema(positive, { defaultDialect: dialect });
      const texts = [write(whole, choices, false)];
      for (const schema of isAnnotation ? [positive] : [positive, negative]) {
        const written = write(compileSchema(schema, { numbers: "plain" }), choices, true);
        const verdict = await check.check({ schemaText: JSON.stringify(schema) }, JSON.stringify(written));
        expect([visible(written), schema, verdict]).toEqual([visible(written), schema, { valid: true }]);
        texts.push(written);
      }
      const judge = await exactJudge({ schemaText: JSON.stringify(positive) }, dialect);
      for (const text of [
        ...texts,
        ...texts.flatMap((one) => choices.slice(0, 4).map((choice) => mutate(one, choice))),
      ]) {
        const document = JSON.stringify(text);
        const asked = (await check.check({ schemaText: JSON.stringify(positive) }, document)).valid;
        const verdicts = [whole.accepts(document), judge.check(parseJson(document)).valid];
        expect([visible(text), ...verdicts]).toEqual([visible(text), asked, asked]);
      }
    }),
    { numRuns: Math.ceil(12 * factor) },
  );
});

test("every format that the engine knows is known to the validators", () => {
  expect(formatNames().filter((name) => FORMAT_CHECKS[name] === undefined)).toEqual([]);
});

test.each([...formatNames()])("only strings lack the format %s", (format) => {
  for (const numbers of ["plain", "all"] as const)
    for (const schema of [{ not: { format } }, { oneOf: [{ format }, {}] }]) {
      const grammar = compileSchema(schema, { numbers });
      const matcher = grammar.matcher(vocabulary);
      const mask = new Uint32Array(vocabulary.maskWords);
      matcher.fillMask(mask);
      const first = allowedTokens(mask, 256).map((byte) => String.fromCharCode(byte));
      expect(first.filter((character) => character.trim() !== "")).toEqual(['"']);
    }
});
