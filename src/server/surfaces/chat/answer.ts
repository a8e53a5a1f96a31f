import type { GenerateResult } from "../../../engine/index.js";
import type { ToolCall } from "../../../types.js";
import { isConstrained } from "../../request.js";
import { ignoredMember } from "../ignored.js";
import { toLogprob } from "../logprobs.js";
import { customInput } from "../openai/customTools.js";
import { openaiFinish } from "../openai/finish.js";
import { openaiUsage } from "../openai/usage.js";
import type { AnswerHead } from "../surface.js";
import type { ChatCall } from "./read.js";

/** The first members of completions and chunks. */
export function completionHead({ requestId, created, model }: AnswerHead) {
  return { id: `chatcmpl-${requestId}`, created, model };
}

/** A whole chat completion. */
export function chatCompletion(results: readonly GenerateResult[], call: ChatCall, head: AnswerHead) {
  return {
    ...completionHead(head),
    object: "chat.completion",
    choices: results.map((result, index) => ({
      index,
      message: toMessage(result, call),
      logprobs:
        result.logprobs === undefined ? null : { content: result.logprobs.map(toLogprob), refusal: null },
      ...chatFinish(result, call),
    })),
    usage: openaiUsage(results),
    ...ignoredMember(head, results),
  };
}

export function chatFinish(result: GenerateResult, { input, usesFunctions }: ChatCall) {
  const finish = openaiFinish(result, isConstrained(input.content));
  if (usesFunctions && finish.finish_reason === "tool_calls")
    return { finish_reason: "function_call" as const };
  return finish;
}

function toMessage(result: GenerateResult, { usesFunctions, includesReasoning, customTools }: ChatCall) {
  const { text, toolCalls = [], reasoning } = result;
  const [first] = toolCalls;
  const calls = usesFunctions
    ? { function_call: first && functionOf(first) }
    : { tool_calls: toolCalls.map((call) => toToolCall(call, customTools)) };
  return {
    role: "assistant",
    content: toolCalls.length > 0 && text === "" ? null : text,
    refusal: null,
    ...(reasoning !== undefined && includesReasoning && { reasoning_content: reasoning }),
    ...(toolCalls.length > 0 && calls),
  };
}

function functionOf({ name, arguments: written }: ToolCall) {
  return { name, arguments: written };
}

function toToolCall(call: ToolCall, customTools: ReadonlySet<string>) {
  const { id, name } = call;
  return customTools.has(name)
    ? { id, type: "custom", custom: { name, input: customInput(call.arguments) } }
    : { id, type: "function", function: functionOf(call) };
}
