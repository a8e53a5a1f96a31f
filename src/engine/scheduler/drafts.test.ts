import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../types.js";
import { Harness } from "../testing/harness.js";
import { Draft } from "./drafts.js";

const PEOPLE: JsonSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      name: { type: "string" },
      city: { enum: ["Paris", "Lima", "Oslo"] },
      age: { type: "integer" },
    },
    required: ["name", "city", "age"],
    additionalProperties: false,
  },
};

const RECORDS = [
  ["Augusta Ada King", "Paris", 36],
  ["Grace Brewster Hopper", "Lima", 85],
  ["Katherine Coleman Johnson", "Oslo", 101],
  ["Alan Mathison Turing", "Lima", 41],
] as const;
const DOCUMENT = JSON.stringify(RECORDS.map(([name, city, age]) => ({ name, city, age })));
const TABLE = `Write these as JSON:\n${RECORDS.map((record) => record.join(" | ")).join("\n")}\n`;

/** Likes to write `text` behind `prompt`, byte by byte. */
function writerOf(prompt: string, text: string) {
  const harness = new Harness();
  const { length } = harness.runtime.tokenize(prompt);
  const { tokens } = harness.runtime.vocabulary;
  return (sequence: Int32Array): number | undefined => {
    const written = Buffer.concat(Array.from(sequence.subarray(length), (token) => tokens[token]));
    return Buffer.from(text)[written.length];
  };
}

/** Milliseconds of one `llama_decode` on an H200, a model of 7.5B parameters, by the tokens in it. */
const STEP_MS: readonly (readonly [tokens: number, milliseconds: number])[] = [
  [1, 3.4],
  [2, 4.7],
  [4, 4.8],
  [8, 5.7],
  [16, 7.8],
  [32, 9.0],
  [512, 47],
];

function stepMs(tokens: number): number {
  const at = Math.max(
    STEP_MS.findIndex(([count]) => count >= tokens),
    1,
  );
  const [[low, lowMs], [high, highMs]] = [STEP_MS[at - 1], STEP_MS[at]];
  return lowMs + ((tokens - low) / (high - low)) * (highMs - lowMs);
}

/** The document, and the simulated time behind its first token. */
function timed(draftTokens: number): { text: string; milliseconds: number; harness: Harness } {
  const harness = new Harness({ draftTokens }, { prefer: writerOf(TABLE, DOCUMENT) });
  const decode = harness.runtime.decode.bind(harness.runtime);
  let milliseconds = 0;
  harness.runtime.decode = () => {
    milliseconds += stepMs(harness.runtime.batchSize());
    decode();
  };
  const asked = harness.ask({ prompt: TABLE, schema: PEOPLE, maxTokens: 400 });
  while (asked.firstTextStep < 0) harness.step();
  milliseconds = 0;
  harness.run();
  return { text: asked.outcome!.text, milliseconds, harness };
}

describe("a guess", () => {
  const guess = (known: readonly number[], limit = 16): number[] => {
    const draft = new Draft();
    draft.guess(Int32Array.from(known), known.length, limit);
    return [...draft.tokens.subarray(0, draft.length)];
  };

  it("is what followed the longest match, the latest of several", () => {
    expect(guess([1, 2, 3, 4, 5, 9, 1, 2])).toEqual([3, 4, 5, 9]);
    expect(guess([7, 1, 2, 5, 5, 1, 2, 6, 6, 7, 1, 2])).toEqual([5, 5, 1, 2]);
    expect(guess([1, 2, 5, 1, 2, 6, 1, 2])).toEqual([6, 1, 2]);
    expect(guess([1, 2, 3, 4, 5, 9, 1, 2], 2)).toEqual([3, 4]);
  });

  it("is none where a token alone was there before, or after several that were wrong", () => {
    expect(guess([1, 2, 3, 9, 2])).toEqual([]);
    const draft = new Draft();
    const known = Int32Array.of(1, 2, 3, 1, 2);
    const lengths = Array.from({ length: 12 }, () => {
      draft.guess(known, known.length, 16);
      if (draft.length > 0) draft.judge(0);
      return draft.length;
    });
    expect(lengths.filter((length) => length > 0).length).toBeLessThan(5);
  });
});

describe("drafts", () => {
  it("change no token: any text, temperature, neighbours, forced tokens, penalties, cells", () => {
    const words = fc.constantFrom("Ada ", "Oslo ", "36 ", '{"name":"', "ab", "\n");
    const prompts = fc.array(fc.array(words, { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 4,
    });
    const repeating = (tokens: Int32Array) => tokens.at(-9);
    const runtimes = fc.constantFrom(
      {},
      { keptPieces: 4, prefer: repeating },
      { contextLength: 512, cellCapacity: 640, prefer: repeating },
    );
    let right = 0;
    fc.assert(
      fc.property(
        prompts,
        fc.constantFrom(0, 0.7, 1.5),
        fc.constantFrom(1, 1.3),
        fc.integer({ min: 2, max: 40 }),
        fc.boolean(),
        runtimes,
        (asked, temperature, repetitionPenalty, draftTokens, free, runtime) => {
          const answers = (tokens: number) => {
            const harness = new Harness({ draftTokens: tokens }, { seed: 5, ...runtime });
            const all = asked.map((prompt, seed) =>
              harness.ask({
                prompt: prompt.join(""),
                schema: PEOPLE,
                maxTokens: 60,
                free,
                sampling: { temperature, repetitionPenalty, seed },
                stop: seed === 1 ? ["Oslo"] : [],
              }),
            );
            harness.run();
            right += harness.scheduler.counters.draftedRight;
            expect(harness.scheduler.freeCells).toBe(harness.runtime.cellCapacity);
            return all.map(({ text, error, outcome }) => [
              text,
              error,
              outcome?.completionTokens,
              outcome?.finishReason,
            ]);
          };
          expect(answers(draftTokens)).toEqual(answers(0));
        },
      ),
      { numRuns: 40 },
    );
    expect(right).toBeGreaterThan(100);
  });

  it("make a document that copies from the prompt at least 1.3 times as fast, by the times of a card", () => {
    const [plain, drafted] = [timed(0), timed(32)];
    expect(plain.text).toBe(DOCUMENT);
    expect(drafted.text).toBe(DOCUMENT);
    const { draftedTokens, draftedRight } = drafted.harness.scheduler.counters;
    expect(draftedRight).toBeGreaterThan(draftedTokens / 4);
    expect(plain.milliseconds / drafted.milliseconds).toBeGreaterThan(1.3);
  });

  it("never take a cell from a request, nor a row from one that decodes", () => {
    const harness = new Harness(
      { draftTokens: 64 },
      { prefer: writerOf(TABLE, DOCUMENT), contextLength: 512, cellCapacity: 512, logitRows: 5 },
    );
    const all = [0, 1, 2].map(() => harness.ask({ prompt: TABLE, schema: PEOPLE, maxTokens: 300 }));
    harness.run();
    for (const { outcome } of all) expect(outcome!.text).toBe(DOCUMENT);
  });
});
