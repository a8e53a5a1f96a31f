import type { BenchSchema } from "./index.js";

/** Most of the document is free text; the schema determines little. */
export const freeText: readonly BenchSchema[] = [
  {
    id: "7-recipe",
    kind: "free-text",
    prompt: "Write a recipe for potato soup.",
    schema: {
      type: "object",
      properties: {
        title: { type: "string" },
        introduction: { type: "string" },
        steps: { type: "array", minItems: 3, maxItems: 6, items: { type: "string" } },
      },
      required: ["title", "introduction", "steps"],
      additionalProperties: false,
    },
    maxTokens: 400,
  },
  {
    id: "8-story",
    kind: "free-text",
    prompt: "Tell a short story about a lighthouse keeper who finds a letter.",
    schema: {
      type: "object",
      properties: { story: { type: "string" } },
      required: ["story"],
      additionalProperties: false,
    },
    maxTokens: 400,
  },
];
