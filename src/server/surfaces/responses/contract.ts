import { generationContract } from "../../openapi/generation.js";
import { requestMembers } from "../../openapi/requestFields.js";
import {
  boolean,
  count,
  ignored,
  jsonSchema,
  list,
  object,
  open,
  string,
  strings,
  toolChoice,
  toolsAndCustom,
} from "../../openapi/shapes.js";

const item = open(
  { type: { enum: ["message", "reasoning", "function_call", "custom_tool_call"] }, id: string },
  ["type", "id"],
);

export const responsesContract = generationContract({
  path: "/v1/responses",
  operationId: "createResponse",
  summary: "Responses for OpenAI's clients, without state",
  request: "ResponsesRequest",
  answer: "Response",
  failure: "OpenaiFailure",
  events:
    "`response.created`, the items piece by piece, `response.completed` or `response.incomplete`; or `error`.",
  schemas: {
    ResponsesRequest: open(
      requestMembers("responses", {
        input: { anyOf: [string, { type: "array", minItems: 1, items: { type: "object" } }] },
        instructions: string,
        "text.format": open(
          {
            type: { enum: ["text", "json_object", "json_schema"] },
            name: string,
            description: string,
            schema: jsonSchema,
            strict: boolean,
          },
          ["type"],
        ),
        tools: toolsAndCustom,
        tool_choice: toolChoice,
        parallel_tool_calls: { type: "boolean", default: true },
        include: strings,
        metadata: { type: "object" },
        store: boolean,
      }),
      ["input"],
    ),
    Response: object(
      {
        id: string,
        object: { const: "response" },
        created_at: count,
        status: { enum: ["in_progress", "completed", "incomplete", "failed"] },
        model: string,
        output: list(item),
        incomplete_details: { anyOf: [{ type: "null" }, object({ reason: string })] },
        usage: {
          anyOf: [
            { type: "null" },
            object({
              input_tokens: count,
              input_tokens_details: object({ cached_tokens: count }),
              output_tokens: count,
              output_tokens_details: object({ reasoning_tokens: count, forced_tokens: count }),
              total_tokens: count,
            }),
          ],
        },
        closed_early: {
          const: true,
          description: "The budget was near, so the document was closed early; it is whole.",
        },
        ignored,
      },
      ["closed_early", "ignored"],
    ),
  },
});
