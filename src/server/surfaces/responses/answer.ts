import type { GenerateResult } from "../../../engine/index.js";
import { isConstrained } from "../../request.js";
import { totalUsage } from "../../usage.js";
import { ignoredMember } from "../ignored.js";
import type { AnswerHead } from "../surface.js";
import { type OutputItem, outputItems } from "./items.js";
import type { ResponsesCall } from "./read.js";

/** A response in any state. */
export function responseObject(
  { echo }: ResponsesCall,
  head: AnswerHead,
  status: "in_progress" | "completed" | "incomplete" | "failed",
  output: readonly OutputItem[],
  facts: Record<string, unknown> = {},
) {
  return {
    id: `resp_${head.requestId}`,
    object: "response",
    created_at: head.created,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    ...echo,
    model: head.model,
    output,
    previous_response_id: null,
    store: false,
    truncation: "disabled",
    usage: null,
    ...ignoredMember(head),
    ...facts,
  };
}

/** Whether text was truncated by the budget; a document is always complete. */
export function isCut({ finishReason }: GenerateResult, { input }: ResponsesCall): boolean {
  return finishReason === "length" && !isConstrained(input.content);
}

/** The finished response. `output`: the items of a stream. */
export function finishedResponse(
  result: GenerateResult,
  call: ResponsesCall,
  head: AnswerHead,
  output: readonly OutputItem[] = outputItems(result, head.requestId, isCut(result, call), call.customTools),
) {
  const cut = isCut(result, call);
  return responseObject(call, head, cut ? "incomplete" : "completed", output, {
    incomplete_details: cut ? { reason: "max_output_tokens" } : null,
    usage: usageOf(result),
    ...ignoredMember(head, [result]),
    ...(result.finishReason === "length" && !cut && { closed_early: true }),
  });
}

function usageOf(result: GenerateResult) {
  const { promptTokens, cachedTokens, completionTokens, forcedTokens, reasoningTokens } = totalUsage([
    result,
  ]);
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens, forced_tokens: forcedTokens },
    total_tokens: promptTokens + completionTokens,
  };
}
