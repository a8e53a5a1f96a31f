import { generationContract } from "../../openapi/generation.js";
import { requestMembers } from "../../openapi/requestFields.js";
import { count, ignored, jsonSchema, list, object, open, string } from "../../openapi/shapes.js";

const block = open({ type: string }, ["type"]);
const blocks = { anyOf: [string, list(block)] };
const format = open({ type: { const: "json_schema" }, schema: jsonSchema }, ["type", "schema"]);

export const messagesContract = generationContract({
  path: "/v1/messages",
  operationId: "createMessage",
  summary: "Messages for Anthropic's clients",
  request: "MessageRequest",
  answer: "Message",
  failure: "AnthropicFailure",
  events: "`message_start`, the blocks piece by piece, `message_delta`, `message_stop`; or `error`.",
  schemas: {
    MessageRequest: open(
      requestMembers("messages", {
        messages: {
          type: "array",
          minItems: 1,
          items: open({ role: { enum: ["user", "assistant", "system"] }, content: blocks }, ["role"]),
        },
        system: blocks,
        tools: list(open({ name: string, description: string, input_schema: jsonSchema }, ["name"])),
        tool_choice: open({ type: { enum: ["auto", "any", "tool", "none"] }, name: string }),
        output_format: format,
        "output_config.format": format,
        "thinking.type": { enum: ["enabled", "disabled", "adaptive", "between_tools"] },
      }),
      ["messages"],
    ),
    Message: object(
      {
        id: string,
        type: { const: "message" },
        role: { const: "assistant" },
        model: string,
        content: list(block),
        stop_reason: { enum: ["end_turn", "max_tokens", "stop_sequence", "tool_use"] },
        stop_sequence: { type: ["string", "null"] },
        usage: object({
          input_tokens: count,
          cache_creation_input_tokens: count,
          cache_read_input_tokens: count,
          output_tokens: count,
        }),
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
