import type { EngineEvent } from "../../../engine/index.js";
import { type EventFormat, serverSentEvent } from "../../run.js";
import { ignoredMember } from "../ignored.js";
import { toLogprob } from "../logprobs.js";
import { CustomInput } from "../openai/customTools.js";
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
  const answers = Array.from({ length: call.input.count ?? 1 }, () => new Deltas(call));
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
      const delta = answers[index].of(event);
      if (delta === undefined) return "";
      const choice = { index, delta, logprobs, finish_reason: null };
      return serverSentEvent({ ...base, choices: [choice], ...usage });
    },
    end: (results) =>
      (call.includesUsage ? serverSentEvent({ ...base, choices: [], usage: openaiUsage(results) }) : "") +
      DONE,
    error: (error) => serverSentEvent(openaiErrorBody(error)) + DONE,
  };
}

/** The deltas of one answer. */
class Deltas {
  private readonly usesFunctions: boolean;
  private readonly customTools: ReadonlySet<string>;
  /** Set while a custom tool is called. */
  private customInput: CustomInput | undefined;

  constructor({ usesFunctions, customTools }: ChatCall) {
    this.usesFunctions = usesFunctions;
    this.customTools = customTools;
  }

  /** Undefined if there is nothing to send. */
  of(event: Exclude<EngineEvent, { type: "finish" | "trace" }>) {
    switch (event.type) {
      case "start":
        return { role: "assistant", content: "" };
      case "delta":
        return { content: event.text };
      case "reasoning":
        return { reasoning_content: event.text };
      case "toolCall":
        return this.beginCall(event);
      case "toolArguments":
        return this.continueCall(event);
    }
  }

  private beginCall({ index, id, name }: Extract<EngineEvent, { type: "toolCall" }>) {
    this.customInput = this.customTools.has(name) ? new CustomInput() : undefined;
    if (this.customInput !== undefined)
      return { tool_calls: [{ index, id, type: "custom", custom: { name, input: "" } }] };
    const described = { name, arguments: "" };
    if (this.usesFunctions) return { function_call: described };
    return { tool_calls: [{ index, id, type: "function", function: described }] };
  }

  private continueCall({ index, text }: Extract<EngineEvent, { type: "toolArguments" }>) {
    if (this.customInput !== undefined) {
      const input = this.customInput.push(text);
      return input === "" ? undefined : { tool_calls: [{ index, custom: { input } }] };
    }
    const more = { arguments: text };
    return this.usesFunctions ? { function_call: more } : { tool_calls: [{ index, function: more }] };
  }
}
