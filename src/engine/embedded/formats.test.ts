import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import type { EngineEvent, GenerateRequest, GenerateResult } from "../engine.js";
import { normaliseOptions } from "../options/index.js";
import { EmbeddedEngine } from "./embeddedEngine.js";

const SAMPLING = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };
const TEXT = { kind: "text" } as const;

let engine: EmbeddedEngine;

beforeAll(async () => {
  engine = new EmbeddedEngine(normaliseOptions({ model: await defaultModelPath(), maxSequences: 4 }));
});
afterAll(() => engine.close());

async function run(
  request: Partial<GenerateRequest>,
): Promise<{ result: GenerateResult; events: EngineEvent[] }> {
  const events: EngineEvent[] = [];
  for await (const event of engine.generate({
    id: "test",
    messages: [{ role: "user", content: "What is the capital of France?" }],
    schema: "true",
    maxTokens: 40,
    sampling: SAMPLING,
    ...request,
  }))
    events.push(event);
  const last = events.at(-1)!;
  if (last.type !== "finish") throw new Error("no result");
  return { result: last.result, events };
}

const textOf = (events: readonly EngineEvent[]) =>
  events.map((event) => (event.type === "delta" ? event.text : "")).join("");

describe("text, patterns and choices with the real model", () => {
  it("answer with text that ends by itself or at the budget, and streams what it returns", async () => {
    const { result, events } = await run({ format: TEXT, sampling: { ...SAMPLING, temperature: 0 } });
    const free = await run({
      constraint: "free",
      schemaInPrompt: false,
      sampling: { ...SAMPLING, temperature: 0 },
    });
    expect(result.text).toBe(free.result.text);
    expect(result.output).toBe(result.text);
    expect(textOf(events)).toBe(result.text);
    const short = await run({
      format: TEXT,
      maxTokens: 3,
      messages: [{ role: "user", content: "Tell a long story." }],
    });
    expect(short.result).toMatchObject({ finishReason: "length", usage: { completionTokens: 3 } });
  });

  it("end at a stop text, which is not part of the answer", async () => {
    const sampling = { ...SAMPLING, temperature: 0 };
    const whole = (await run({ format: TEXT, sampling })).result.text;
    const stop = whole.slice(6, 12);
    const { result, events } = await run({ format: TEXT, sampling, stop: [stop] });
    expect(result.text).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(textOf(events)).toBe(result.text);
    expect(result.finishReason).toBe("stop");
    const held = await run({ format: { kind: "choice", choices: ["yes"] }, stop: ["e"] });
    expect(held.result).toMatchObject({ text: "yes", ignored: ["stop"] });
  });

  it("are met at temperature 1 with any seed and the least budget", async () => {
    const pattern = "(Paris|Lyon) has [1-9][0-9]{0,2} (bridges|parks)\\.?";
    const choices = ["red", "green", "green and blue", "été"];
    for (let seed = 0; seed < 50; seed += 5) {
      await Promise.all(
        [0, 1, 2, 3, 4].map(async (offset) => {
          const sampling = { ...SAMPLING, seed: seed + offset };
          const budget = offset === 0 ? 40 : 12;
          const regex = await run({ format: { kind: "regex", pattern }, maxTokens: budget, sampling });
          expect(regex.result.text).toMatch(new RegExp(`^(?:${pattern})$`, "u"));
          const choice = await run({ format: { kind: "choice", choices }, maxTokens: 5, sampling });
          expect(choices).toContain(choice.result.text);
        }),
      );
    }
    await expect(run({ format: { kind: "regex", pattern }, maxTokens: 2 })).rejects.toMatchObject({
      code: "budget_too_small",
    });
    await expect(run({ format: { kind: "regex", pattern: "a(" } })).rejects.toMatchObject({
      code: "invalid_schema",
    });
  }, 120_000);

  it("describe tokens with their log-probabilities", async () => {
    const { result, events } = await run({
      format: TEXT,
      topLogprobs: 3,
      maxTokens: 8,
      sampling: { ...SAMPLING, temperature: 0 },
    });
    expect(result.logprobs).toHaveLength(result.usage.completionTokens);
    expect(result.logprobs!.map(({ token }) => token).join("")).toBe(result.text);
    const streamed = events.flatMap((event) => (event.type === "delta" ? (event.logprobs ?? []) : []));
    expect(streamed).toEqual(result.logprobs);
    for (const { token, top } of result.logprobs!) expect(top[0].token).toBe(token);
  });
});
