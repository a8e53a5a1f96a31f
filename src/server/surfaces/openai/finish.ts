import type { GenerateResult } from "../../../engine/index.js";

/** Why an answer ended, in words that clients of OpenAI understand. */
export interface OpenaiFinish {
  finish_reason: "stop" | "length" | "tool_calls" | "function_call";
  /** A whole document that the budget closed: such clients take `length` for one cut off, and throw it away. */
  closed_early?: true;
}

/** `isConstrained`: the answer is whole whatever the budget. */
export function openaiFinish(
  { finishReason, toolCalls = [] }: GenerateResult,
  isConstrained: boolean,
): OpenaiFinish {
  if (toolCalls.length > 0 || finishReason === "tool_calls") return { finish_reason: "tool_calls" };
  if (finishReason === "length" && isConstrained) return { finish_reason: "stop", closed_early: true };
  return { finish_reason: finishReason };
}
