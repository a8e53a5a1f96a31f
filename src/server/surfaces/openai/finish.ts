import type { GenerateResult } from "../../../engine/index.js";

/** The finish reason in OpenAI's terms. */
export interface OpenaiFinish {
  finish_reason: "stop" | "length" | "tool_calls" | "function_call";
  /** Whether the budget closed a complete document: OpenAI's clients discard answers with `length` as truncated. */
  closed_early?: true;
}

/** `isConstrained`: the answer is complete whatever the budget. */
export function openaiFinish(
  { finishReason, toolCalls = [] }: GenerateResult,
  isConstrained: boolean,
): OpenaiFinish {
  if (toolCalls.length > 0 || finishReason === "tool_calls") return { finish_reason: "tool_calls" };
  if (finishReason === "length" && isConstrained) return { finish_reason: "stop", closed_early: true };
  return { finish_reason: finishReason };
}
