import { generationContract } from "../../openapi/generation.js";
import { requestMembers } from "../../openapi/requestFields.js";
import { boolean, ignored, list, object, open, string } from "../../openapi/shapes.js";
import { formatShapes, openaiFinishShapes, openaiUsageShape } from "../openai/contract.js";

export const completionsContract = generationContract({
  path: "/v1/completions",
  operationId: "createCompletion",
  summary: "Completions for OpenAI's older clients",
  request: "CompletionRequest",
  answer: "Completion",
  failure: "OpenaiFailure",
  events: "Chunks of the completion, then `[DONE]`.",
  schemas: {
    CompletionRequest: open(
      requestMembers("completions", {
        prompt: { anyOf: [string, { type: "array", items: string, minItems: 1, maxItems: 1 }] },
        ...formatShapes,
        stream_options: open({ include_usage: boolean }),
      }),
      ["prompt"],
    ),
    Completion: object(
      {
        id: string,
        object: { const: "text_completion" },
        created: { type: "integer" },
        model: string,
        choices: list(
          object(
            {
              index: { type: "integer" },
              text: string,
              logprobs: { anyOf: [{ type: "null" }, { type: "object" }] },
              ...openaiFinishShapes,
            },
            ["closed_early"],
          ),
        ),
        usage: openaiUsageShape,
        ignored,
      },
      ["ignored"],
    ),
  },
});
