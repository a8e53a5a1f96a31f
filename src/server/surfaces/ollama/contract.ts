import { fieldSchema } from "../../../engine/request/index.js";
import { generationContract } from "../../openapi/generation.js";
import { requestMembers } from "../../openapi/requestFields.js";
import {
  boolean,
  count,
  ignored,
  jsonSchema,
  list,
  logprob,
  messages,
  object,
  open,
  string,
  toolChoice,
  tools,
} from "../../openapi/shapes.js";

const format = { anyOf: [{ enum: ["json", ""] }, ...jsonSchema.anyOf] };
const think = { anyOf: [boolean, fieldSchema("reasoning.effort") ?? string] };
const members = requestMembers("ollama", {
  format,
  think,
  tools,
  tool_choice: toolChoice,
  parallel_tool_calls: boolean,
  prompt: string,
  system: string,
  messages,
  logprobs: boolean,
});
/** A request with only a model loads it. */
const orLoading = (content: string) => ({ anyOf: [{ required: [content] }, { required: ["model"] }] });

function only(names: readonly string[]): Record<string, unknown> {
  const others = ["messages", "tools", "tool_choice", "parallel_tool_calls", "prompt", "system"].filter(
    (name) => !names.includes(name),
  );
  return Object.fromEntries(Object.entries(members).filter(([name]) => !others.includes(name)));
}

const end = {
  model: string,
  created_at: string,
  done: { const: true },
  done_reason: { enum: ["stop", "length", "load"] },
  total_duration: count,
  load_duration: count,
  prompt_eval_count: count,
  prompt_eval_duration: count,
  eval_count: count,
  eval_duration: count,
  thinking: string,
  logprobs: list(logprob),
  closed_early: {
    const: true,
    description: "The budget was near, so the document was closed early; it is whole.",
  },
  ignored,
};
const required = ["model", "created_at", "done", "done_reason"];
const optional = Object.keys(end).filter((name) => !required.includes(name));
const message = open(
  { role: string, content: string, thinking: string, tool_calls: list({ type: "object" }) },
  ["role", "content"],
);

export const ollamaContracts = [
  generationContract({
    path: "/api/chat",
    operationId: "ollamaChat",
    summary: "Chat for Ollama's clients; streamed unless `stream` is false",
    request: "OllamaChatRequest",
    answer: "OllamaChat",
    failure: "Failure",
    events: "A line of JSON for each piece, the last with `done` true.",
    eventType: "application/x-ndjson",
    schemas: {
      OllamaChatRequest: {
        ...open(only(["messages", "tools", "tool_choice", "parallel_tool_calls"])),
        ...orLoading("messages"),
      },
      OllamaChat: object({ ...end, message }, optional),
    },
  }),
  generationContract({
    path: "/api/generate",
    operationId: "ollamaGenerate",
    summary: "Completions for Ollama's clients; streamed unless `stream` is false",
    request: "OllamaGenerateRequest",
    answer: "OllamaGenerate",
    failure: "Failure",
    events: "A line of JSON for each piece, the last with `done` true.",
    eventType: "application/x-ndjson",
    schemas: {
      OllamaGenerateRequest: { ...open(only(["prompt", "system"])), ...orLoading("prompt") },
      OllamaGenerate: object({ ...end, response: string }, optional),
    },
  }),
];
