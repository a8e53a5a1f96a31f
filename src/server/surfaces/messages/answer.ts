import type { GenerateResult } from "../../../engine/index.js";
import { RawJson } from "../../../json/index.js";
import { isConstrained } from "../../request.js";
import { totalUsage } from "../../usage.js";
import { ignoredMember } from "../ignored.js";
import type { AnswerHead, SurfaceCall } from "../surface.js";

/** An empty message, at the start of a stream. */
export function emptyMessage(head: AnswerHead, results: readonly GenerateResult[] = []) {
  return {
    id: `msg_${head.requestId}`,
    type: "message",
    role: "assistant",
    model: head.model,
    content: [] as unknown[],
    stop_reason: null as string | null,
    stop_sequence: null as string | null,
    ...ignoredMember(head, results),
  };
}

/** A whole message. */
export function wholeMessage(result: GenerateResult, call: SurfaceCall, head: AnswerHead) {
  const { reasoning = "", text, toolCalls = [] } = result;
  const content: unknown[] = [];
  if (reasoning !== "") content.push({ type: "thinking", thinking: reasoning, signature: "" });
  if (text !== "" || toolCalls.length === 0) content.push({ type: "text", text });
  for (const { id, name, arguments: written } of toolCalls) {
    content.push({ type: "tool_use", id, name, input: new RawJson(written) });
  }
  return { ...emptyMessage(head, [result]), content, ...stopOf(result, call), usage: anthropicUsage(result) };
}

/** The stop reason. A document that was closed early is complete, so it is `end_turn`. */
export function stopOf({ finishReason, toolCalls = [], stopText }: GenerateResult, { input }: SurfaceCall) {
  const stop = (stop_reason: string, stop_sequence: string | null = null) => ({ stop_reason, stop_sequence });
  if (toolCalls.length > 0 || finishReason === "tool_calls") return stop("tool_use");
  if (stopText !== undefined) return stop("stop_sequence", stopText);
  if (finishReason !== "length") return stop("end_turn");
  return isConstrained(input.content) ? { ...stop("end_turn"), closed_early: true } : stop("max_tokens");
}

/** Usage in Anthropic's format, in which input tokens exclude cached ones. */
export function anthropicUsage(result: GenerateResult) {
  const { promptTokens, cachedTokens, completionTokens } = totalUsage([result]);
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
  };
}
