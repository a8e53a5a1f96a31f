import type { EngineEvent } from "../../../engine/index.js";
import { type EventFormat, serverSentEvent } from "../../run.js";
import { ignoredMember } from "../ignored.js";
import { toLogprob } from "../logprobs.js";
import { openaiErrorBody } from "../openai/errorBody.js";
import { openaiUsage } from "../openai/usage.js";
import type { AnswerHead } from "../surface.js";
import { chatFinish, completionHead } from "./answer.js";
import type { ChatCall } from "./read.js";

const DONE = "data: [DONE]\n\n";

/** OpenAI's chunks: the role, the parts of the message, the finish reason, usage if requested, `[DONE]`. */
export function chatChunks(call: ChatCall, head: AnswerHead): EventFormat {
  const base = { ...completionHead(head), object: "chat.completion.chunk" };
  const usage = call.includesUsage ? { usage: null } : {};
  return {
    event: (event, index) => {
      if (event.type === "finish") {
        const choice = { index, delta: {}, logprobs: null, ...chatFinish(event.result, call) };
        return serverSentEvent({
          ...base,
          choices: [choice],
          ...usage,
          ...ignoredMember(head, [event.result]),
        });
      }
      if (event.type === "trace" || (event.type === "reasoning" && !call.includesReasoning)) return "";
      const logprobs =
        event.type === "delta" && event.logprobs !== undefined
          ? { content: event.logprobs.map(toLogprob), refusal: null }
          : null;
      const choice = { index, delta: toDelta(event, call.usesFunctions), logprobs, finish_reason: null };
      return serverSentEvent({ ...base, choices: [choice], ...usage });
    },
    end: (results) =>
      (call.includesUsage ? serverSentEvent({ ...base, choices: [], usage: openaiUsage(results) }) : "") +
      DONE,
    error: (error) => serverSentEvent(openaiErrorBody(error)) + DONE,
  };
}

function toDelta(event: Exclude<EngineEvent, { type: "finish" | "trace" }>, usesFunctions: boolean) {
  switch (event.type) {
    case "start":
      return { role: "assistant", content: "" };
    case "delta":
      return { content: event.text };
    case "reasoning":
      return { reasoning_content: event.text };
    case "toolCall": {
      const described = { name: event.name, arguments: "" };
      if (usesFunctions) return { function_call: described };
      return { tool_calls: [{ index: event.index, id: event.id, type: "function", function: described }] };
    }
    case "toolArguments": {
      const more = { arguments: event.text };
      return usesFunctions
        ? { function_call: more }
        : { tool_calls: [{ index: event.index, function: more }] };
    }
  }
}
