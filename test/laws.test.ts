import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CompileLimits, compileSchema, type Grammar, type Matcher } from "../src/constraint/index.js";
import { documents, schemas } from "../src/constraint/testing/randomSchemas.js";
import { allowedTokens, allows, smallVocabulary } from "../src/constraint/testing/smallVocabulary.js";
import { createAjv } from "../src/engine/validate/dialects.js";
import { SchemaError } from "../src/errors.js";
import { binaryOf, canonical } from "../src/grammar/index.js";
import type { JsonSchema, JsonValue } from "../src/types.js";

// Laws of the constraint engine, on random schemas. More runs, and another seed (`seed.ts`), come from the environment.
const factor = Number(process.env["FORMWORK_RUNS"] ?? 1);
const runs = (count: number) => ({ numRuns: Math.ceil(count * factor) });

const plain = schemas({ combinations: false, references: false, unevaluated: false });
const combined = schemas({ combinations: true, references: false, unevaluated: false });
const recursive = schemas({ combinations: true, references: true, unevaluated: false });
const everything = schemas({ combinations: true, references: true, unevaluated: true });
const tight = schemas({ combinations: true, references: false, unevaluated: true, tight: true });

const vocabulary = smallVocabulary();
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

const ajv = createAjv("2020-12");

/** What the independent validator says; undefined where it cannot follow the schema. */
function judge(schema: JsonSchema): ((value: JsonValue) => boolean) | undefined {
  try {
    const validate = ajv.compile(schema as object);
    // Otherwise it keeps every schema it has seen.
    if (typeof schema === "object") ajv.removeSchema(schema);
    return (value) => {
      try {
        return validate(value) as boolean;
      } catch (thrown) {
        // Too deep, or code of Ajv's that names what it has not made.
        if (thrown instanceof RangeError || thrown instanceof ReferenceError)
          throw new fc.PreconditionFailure();
        throw thrown;
      }
    };
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** Whether JavaScript can hold every number of the text: the validator judges what it has read, we what was written. */
function survivesReading(text: string): boolean {
  return canonical(binaryOf(JSON.stringify(JSON.parse(text)))) === canonical(binaryOf(text));
}

/** The grammar, or what it was refused with. */
function compile(
  schema: JsonSchema,
  propertyOrder: "any" | "declared" = "any",
  limits: Partial<CompileLimits> = {},
): Grammar | SchemaError {
  try {
    return compileSchema(schema, { propertyOrder, maxWhitespace: 2, limits });
  } catch (thrown) {
    if (thrown instanceof SchemaError) return thrown;
    throw thrown;
  }
}

/** What the grammar says; undefined where it says that it does not know. */
function verdict(grammar: Grammar, text: string): boolean | undefined {
  try {
    return grammar.accepts(text);
  } catch (thrown) {
    if (thrown instanceof SchemaError && thrown.code === "unsupported_schema") return undefined;
    throw thrown;
  }
}

function grammarOf(schema: JsonSchema, propertyOrder: "any" | "declared" = "any"): Grammar {
  const grammar = compile(schema, propertyOrder);
  if (grammar instanceof SchemaError) throw new fc.PreconditionFailure();
  return grammar;
}

/** A document that the masks lead to: `choose` picks among the tokens allowed; past `budget` the shortest way out. */
function walk(matcher: Matcher, budget: number, choose: (count: number) => number): number[] {
  const mask = new Uint32Array(vocabulary.maskWords);
  const taken: number[] = [];
  while (taken.length < budget) {
    matcher.fillMask(mask);
    const allowed = allowedTokens(mask, vocabulary.size);
    expect(allowed.length, "no dead end").toBeGreaterThan(0);
    const token = allowed[choose(allowed.length)];
    if (token === vocabulary.eos) {
      expect(matcher.canEnd).toBe(true);
      return taken;
    }
    expect(matcher.accept(token), "the mask's tokens are accepted").toBe(true);
    taken.push(token);
  }
  const promised = matcher.tokensToEnd();
  const closing = matcher.closingTokens();
  expect(closing.length).toBeLessThanOrEqual(promised);
  for (const token of closing) {
    expect(matcher.accept(token)).toBe(true);
    taken.push(token);
  }
  expect(matcher.canEnd, "the shortest way ends").toBe(true);
  return taken;
}

const choices = fc.infiniteStream(fc.nat());

function chooser(stream: fc.Stream<number>): (count: number) => number {
  return (count) => (stream.next().value as number) % count;
}

describe.each([
  ["plain assertions", plain],
  ["combinations", combined],
  ["references", recursive],
  ["everything", everything],
  ["few values", tight],
])("schemas of %s", (_, arbitrary) => {
  test("accept exactly what the independent validator accepts", () => {
    let refused = 0;
    let judged = 0;
    fc.assert(
      fc.property(arbitrary, fc.array(documents, { minLength: 4, maxLength: 12 }), (schema, values) => {
        const valid = judge(schema);
        fc.pre(valid !== undefined);
        const grammar = compile(schema);
        judged++;
        if (grammar instanceof SchemaError) {
          if (grammar.code === "unsatisfiable_schema") expect(values.filter(valid)).toEqual([]);
          else refused++;
          return;
        }
        for (const value of values)
          expect([value, grammar.accepts(JSON.stringify(value))]).toEqual([value, valid(value)]);
      }),
      runs(250),
    );
    expect(refused / judged, "share of schemas refused").toBeLessThan(0.25);
  });

  test("where documents are left out, are right or say that they do not know", () => {
    fc.assert(
      fc.property(arbitrary, fc.array(documents, { minLength: 1, maxLength: 6 }), (schema, values) => {
        const valid = judge(schema);
        fc.pre(valid !== undefined);
        const grammar = compile(schema, "any", { alternatives: 2 });
        if (grammar instanceof SchemaError) return;
        for (const value of values) {
          const accepted = verdict(grammar, JSON.stringify(value));
          if (accepted !== undefined) expect([value, accepted]).toEqual([value, valid(value)]);
        }
      }),
      runs(250),
    );
  });

  test.each(["any", "declared"] as const)("random walks end in valid documents, order %s", (order) => {
    fc.assert(
      fc.property(arbitrary, choices, fc.nat({ max: 60 }), (schema, stream, budget) => {
        const valid = judge(schema);
        fc.pre(valid !== undefined);
        const grammar = grammarOf(schema, order);
        const tokens = walk(grammar.matcher(vocabulary), budget, chooser(stream));
        const text = decoder.decode(vocabulary.bytesOf(tokens));
        if (survivesReading(text)) expect([text, valid(JSON.parse(text))]).toEqual([text, true]);
        expect(grammar.accepts(text)).toBe(true);
      }),
      runs(120),
    );
  });

  test("from everywhere the way out ends in a valid document", () => {
    fc.assert(
      fc.property(arbitrary, choices, fc.nat({ max: 25 }), (schema, stream, length) => {
        const valid = judge(schema);
        fc.pre(valid !== undefined);
        const matcher = grammarOf(schema).matcher(vocabulary);
        const choose = chooser(stream);
        const mask = new Uint32Array(vocabulary.maskWords);
        const taken: number[] = [];
        for (let i = 0; i <= length; i++) {
          const closing = matcher.closingTokens();
          let followed = 0;
          while (followed < closing.length && matcher.accept(closing[followed])) followed++;
          const text = new TextDecoder().decode(vocabulary.bytesOf([...taken, ...closing]));
          expect([text, followed, matcher.canEnd]).toEqual([text, closing.length, true]);
          if (survivesReading(text)) expect([text, valid(JSON.parse(text))]).toEqual([text, true]);
          matcher.rollback(followed);
          matcher.fillMask(mask);
          const allowed = allowedTokens(mask, vocabulary.size);
          expect([text, allowed.length > 0]).toEqual([text, true]);
          const token = allowed[choose(allowed.length)];
          if (token === vocabulary.eos) return;
          expect(matcher.accept(token)).toBe(true);
          taken.push(token);
        }
      }),
      runs(80),
    );
  });

  test("masks hold exactly the tokens whose bytes can be taken one by one", () => {
    fc.assert(
      fc.property(arbitrary, choices, fc.nat({ max: 25 }), (schema, stream, length) => {
        const grammar = grammarOf(schema);
        const matcher = grammar.matcher(vocabulary);
        const mask = new Uint32Array(vocabulary.maskWords);
        const choose = chooser(stream);
        const prefix: number[] = [];
        for (let i = 0; i < length; i++) {
          matcher.fillMask(mask);
          const allowed = allowedTokens(mask, vocabulary.size);
          const token = allowed[choose(allowed.length)];
          if (token === vocabulary.eos || !matcher.accept(token)) break;
          prefix.push(token);
        }
        matcher.fillMask(mask);
        const single = grammar.matcher(vocabulary);
        for (const byte of vocabulary.bytesOf(prefix)) expect(single.accept(byte)).toBe(true);
        expect(allows(mask, vocabulary.eos)).toBe(single.canEnd);
        for (let token = 0; token < vocabulary.size; token++) {
          if (vocabulary.isSpecial(token)) continue;
          let taken = 0;
          const bytes = vocabulary.tokens[token];
          while (taken < bytes.length && single.accept(bytes[taken])) taken++;
          single.rollback(taken);
          const text = new TextDecoder().decode(vocabulary.bytesOf([...prefix, token]));
          expect([text, token, allows(mask, token)]).toEqual([text, token, taken === bytes.length]);
        }
      }),
      runs(60),
    );
  });

  test("every way into a valid document is in the masks", () => {
    fc.assert(
      fc.property(
        arbitrary,
        fc.array(documents, { minLength: 4, maxLength: 12 }),
        choices,
        (schema, values, stream) => {
          const valid = judge(schema);
          fc.pre(valid !== undefined);
          const grammar = grammarOf(schema);
          const choose = chooser(stream);
          const mask = new Uint32Array(vocabulary.maskWords);
          for (const value of values.filter(valid)) {
            const bytes = encoder.encode(JSON.stringify(value));
            const matcher = grammar.matcher(vocabulary);
            for (let at = 0; at < bytes.length; ) {
              // Any cut into tokens will do, not the tokenizer's alone.
              const fitting: number[] = [];
              for (let id = 0; id < vocabulary.eos; id++) {
                const token = vocabulary.tokens[id];
                if (token.every((byte, index) => bytes[at + index] === byte)) fitting.push(id);
              }
              matcher.fillMask(mask);
              expect(fitting.filter((id) => !allows(mask, id)).map((id) => [value, at, id])).toEqual([]);
              const token = fitting[choose(fitting.length)];
              expect(matcher.accept(token)).toBe(true);
              at += vocabulary.tokens[token].length;
            }
            expect([value, matcher.canEnd]).toEqual([value, true]);
          }
        },
      ),
      runs(100),
    );
  });

  test("rollback leads back to the same masks", () => {
    fc.assert(
      fc.property(arbitrary, choices, fc.nat({ max: 30 }), (schema, stream, length) => {
        const matcher = grammarOf(schema).matcher(vocabulary);
        const choose = chooser(stream);
        const masks: Uint32Array[] = [];
        const ends: boolean[] = [];
        const taken: number[] = [];
        for (let i = 0; i <= length; i++) {
          const mask = new Uint32Array(vocabulary.maskWords);
          matcher.fillMask(mask);
          masks.push(mask);
          ends.push(matcher.canEnd);
          const allowed = allowedTokens(mask, vocabulary.size);
          const token = allowed[choose(allowed.length)];
          if (token === vocabulary.eos || i === length) break;
          expect(matcher.accept(token)).toBe(true);
          taken.push(token);
        }
        const again = new Uint32Array(vocabulary.maskWords);
        let at = taken.length;
        while (at > 0) {
          const back = 1 + choose(at);
          matcher.rollback(back);
          at -= back;
          matcher.fillMask(again);
          expect(again).toEqual(masks[at]);
          expect(matcher.canEnd).toBe(ends[at]);
        }
        for (const token of taken) expect(matcher.accept(token), "the same way forward is open").toBe(true);
        matcher.fillMask(again);
        expect(again).toEqual(masks[masks.length - 1]);
      }),
      runs(80),
    );
  });

  test("forced tokens are what masks with one choice would give, as the tokenizer writes them", () => {
    fc.assert(
      fc.property(arbitrary, choices, (schema, stream) => {
        const matcher = grammarOf(schema).matcher(vocabulary);
        const choose = chooser(stream);
        const mask = new Uint32Array(vocabulary.maskWords);
        for (let i = 0; i < 30; i++) {
          const forced = matcher.forcedTokens();
          let bytes = 0;
          for (const byte of vocabulary.bytesOf(forced)) {
            matcher.fillMask(mask);
            // Byte tokens come first: among them the forced one stands alone.
            expect(allowedTokens(mask, 256), "no other byte may follow").toEqual([byte]);
            expect(allows(mask, vocabulary.eos)).toBe(false);
            expect(matcher.accept(byte)).toBe(true);
            bytes++;
          }
          if (forced.length > 0) {
            // Whatever follows, the model's tokenizer writes the forced part this way.
            const forcedText = vocabulary.bytesOf(forced);
            const rest = matcher.closingTokens();
            const whole = new Uint8Array([...forcedText, ...vocabulary.bytesOf(rest)]);
            const written = [...vocabulary.tokenize!(decoder.decode(whole))];
            expect(written.slice(0, forced.length)).toEqual([...forced]);
          }
          matcher.rollback(bytes);
          for (const token of forced) expect(matcher.accept(token)).toBe(true);
          matcher.fillMask(mask);
          const allowed = allowedTokens(mask, vocabulary.size);
          const token = allowed[choose(allowed.length)];
          if (token === vocabulary.eos) return;
          expect(matcher.accept(token)).toBe(true);
        }
      }),
      runs(80),
    );
  });
});
