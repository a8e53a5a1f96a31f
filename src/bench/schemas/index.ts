import type { Suite, TaskCase } from "../../tasks/index.js";
import type { JsonSchema } from "../../types.js";
import { freeText } from "./freeText.js";
import { keyHeavy } from "./keyHeavy.js";
import { mixed } from "./mixed.js";

/** One of the eight: a prompt and a schema that represent a use case. */
export interface BenchSchema {
  id: string;
  kind: "key-heavy" | "mixed" | "free-text";
  prompt: string;
  schema: JsonSchema;
  maxTokens: number;
}

/** Eight schemas from short to long and from key-heavy to free text, used in all comparisons with peers. */
export const BENCH_SCHEMAS: readonly BenchSchema[] = [...keyHeavy, ...mixed, ...freeText];

/**
 * The eight as a suite. The schema is part of the system message, so that all sides get the same prompt.
 */
export const benchSuite: Suite = {
  name: "eight-schemas",
  description: "Eight schemas from short to long, from key-heavy to free text.",
  cases: BENCH_SCHEMAS.map(toCase),
};

function toCase({ id, prompt, schema, maxTokens }: BenchSchema): TaskCase {
  const system = `You answer with one JSON document that fits this JSON Schema:\n${JSON.stringify(schema)}`;
  return {
    id,
    suite: "eight-schemas",
    formOnly: true,
    steps: [{ task: "generate", request: () => ({ system, prompt, schema, maxTokens }) }],
    judge: async () => ({ completeness: 1, correctness: undefined, detail: "" }),
  };
}
