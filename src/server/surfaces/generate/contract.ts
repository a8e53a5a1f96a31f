import { generationContract } from "../../openapi/generation.js";
import { requestMembers } from "../../openapi/requestFields.js";
import {
  count,
  ignored,
  jsonSchema,
  list,
  logprob,
  messages,
  milliseconds,
  object,
  open,
  string,
  strings,
  toolChoice,
  tools,
  traceStep,
} from "../../openapi/shapes.js";

const finishReason = {
  enum: ["stop", "length", "tool_calls"],
  description: "`length`: the budget was near, so the document was closed early; it is whole. Text is cut.",
};
const part = {
  output: {
    description:
      "The document; text for `regex`, `choice` and text; null with tool calls. The configuration key `aliases` names members that repeat it.",
  },
  finish_reason: finishReason,
  tool_calls: list(object({ id: string, name: string, arguments: {} })),
  reasoning: string,
  logprobs: list(logprob),
  trace: list(traceStep),
};
const partOptional = ["tool_calls", "reasoning", "logprobs", "trace"];

export const generateContract = generationContract({
  path: "/generate",
  operationId: "generate",
  summary: "One document that is valid against the schema",
  request: "GenerateRequest",
  answer: "Answer",
  failure: "Failure",
  events:
    "`start`, any number of `delta` {text}, `reasoning` {text}, `tool_call` {call, id, name}, `tool_arguments` {call, text} and `trace` (a step of the Answer's `trace`), then `finish` (an Answer) or `error` (a Failure).",
  schemas: {
    GenerateRequest: {
      ...open(
        requestMembers("generate", {
          prompt: { type: "string", minLength: 1 },
          messages,
          system: string,
          schema: jsonSchema,
          regex: string,
          choice: { ...strings, minItems: 1 },
          tools,
          tool_choice: toolChoice,
          parallel_tool_calls: { type: "boolean", default: true },
        }),
      ),
      allOf: [
        { anyOf: [{ required: ["prompt"] }, { required: ["messages"] }] },
        { anyOf: ["schema", "regex", "choice", "tools"].map((name) => ({ required: [name] })) },
      ],
      examples: [
        {
          prompt: "Ada Lovelace, born in London in 1815",
          schema: {
            type: "object",
            properties: { name: { type: "string" }, birth_year: { type: "integer" } },
            required: ["name", "birth_year"],
          },
        },
      ],
    },
    Answer: object(
      {
        ...part,
        outputs: list(object(part, partOptional)),
        tokens_used: count,
        generation_time_ms: milliseconds,
        usage: object(
          {
            prompt_tokens: count,
            cached_tokens: count,
            completion_tokens: count,
            forced_tokens: count,
            reasoning_tokens: count,
          },
          ["reasoning_tokens"],
        ),
        timings: object({
          queue_ms: milliseconds,
          compile_ms: milliseconds,
          prefill_ms: milliseconds,
          first_token_ms: milliseconds,
          decode_ms: milliseconds,
        }),
        model: string,
        request_id: string,
        ignored,
      },
      [...partOptional, "outputs", "ignored"],
    ),
  },
});
