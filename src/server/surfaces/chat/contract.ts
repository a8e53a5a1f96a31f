import { generationContract } from "../../openapi/generation.js";
import { requestMembers } from "../../openapi/requestFields.js";
import {
  boolean,
  ignored,
  list,
  logprob,
  messages,
  object,
  open,
  string,
  strings,
  toolChoice,
  tools,
  toolsAndCustom,
} from "../../openapi/shapes.js";
import { formatShapes, openaiFinishShapes, openaiUsageShape } from "../openai/contract.js";

const toolCalls = list(
  open({
    id: string,
    type: { enum: ["function", "custom"] },
    function: object({ name: string, arguments: string }),
    custom: object({ name: string, input: string }),
  }),
);

export const chatContract = generationContract({
  path: "/v1/chat/completions",
  operationId: "createChatCompletion",
  summary: "Chat for OpenAI's clients: text, documents, calls of tools",
  request: "ChatCompletionRequest",
  answer: "ChatCompletion",
  failure: "OpenaiFailure",
  events: "Chunks of the completion, then `[DONE]`.",
  schemas: {
    ChatCompletionRequest: open(
      requestMembers("chat", {
        messages,
        ...formatShapes,
        tools: toolsAndCustom,
        functions: tools,
        tool_choice: toolChoice,
        function_call: toolChoice,
        parallel_tool_calls: { type: "boolean", default: true },
        logprobs: boolean,
        stream_options: open({ include_usage: boolean }),
        add_generation_prompt: boolean,
        continue_final_message: boolean,
        include_reasoning: boolean,
        "reasoning.exclude": boolean,
        modalities: strings,
      }),
      ["messages"],
    ),
    ChatCompletion: object(
      {
        id: string,
        object: { const: "chat.completion" },
        created: { type: "integer" },
        model: string,
        choices: list(
          object(
            {
              index: { type: "integer" },
              message: object(
                {
                  role: { const: "assistant" },
                  content: { type: ["string", "null"], description: "Text, or the document as JSON text." },
                  refusal: { type: "null" },
                  reasoning_content: string,
                  tool_calls: toolCalls,
                  function_call: open({ name: string, arguments: string }),
                },
                ["reasoning_content", "tool_calls", "function_call"],
              ),
              logprobs: { anyOf: [{ type: "null" }, open({ content: list(logprob) })] },
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
