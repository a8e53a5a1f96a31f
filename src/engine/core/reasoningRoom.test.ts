import { expect, test } from "vitest";
import { byteVocabulary, createScriptedRuntime } from "../../runtime/index.js";
import { reasoningBudget } from "../answer/plan.js";
import { THINKING_STYLE } from "../prompt/testing/templates.js";
import type { CoreOutcome } from "./core.js";
import { testCore } from "./testing/testCore.js";

/** Reasoning leaves room for the answer, also where `max_tokens` is far above what the context holds. */

const CONTEXT = 1000;

/** A model that never ends: neither its reasoning nor its answer. */
async function run(maxTokens: number, budget: number | undefined): Promise<CoreOutcome> {
  const core = testCore(
    createScriptedRuntime({
      template: THINKING_STYLE,
      vocabulary: byteVocabulary([]),
      contextLength: CONTEXT,
      prefer: () => "a".charCodeAt(0),
    }),
  );
  try {
    return await new Promise((finish, fail) =>
      core.submit(
        {
          messages: [{ role: "user", content: "Hi" }],
          schemaText: "true",
          format: { kind: "text" },
          maxTokens,
          sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 },
          schemaInPrompt: false,
          constraint: "schema",
          deadlineMs: 60_000,
          reasoning: { enabled: true, ...(budget !== undefined && { maxTokens: budget }) },
        },
        { start() {}, part() {}, finish, fail },
      ),
    );
  } finally {
    core.close();
  }
}

test.each([
  [32_768, undefined],
  [32_768, 31_000],
  [32_768, 64_000],
  [500, 500],
])("max_tokens %s, a budget of %s", async (maxTokens, budget) => {
  const { text, reasoning } = await run(maxTokens, budget);
  expect(reasoning?.length).toBeGreaterThan(300);
  expect(text.length).toBeGreaterThan(90);
});

test("a budget within the limit is kept to", async () => {
  expect((await run(500, 40)).reasoning).toHaveLength(40);
  expect(reasoningBudget({ reasoning: { enabled: true, maxTokens: 499 }, maxTokens: 500 })).toBe(499);
  expect(reasoningBudget({ reasoning: { enabled: true }, maxTokens: 1 })).toBe(1);
});
