import type { GenerateResult } from "../../../engine/index.js";
import { totalUsage } from "../../usage.js";

/** Usage in the format of chat completions and completions. */
export function openaiUsage(results: readonly GenerateResult[]): Record<string, unknown> {
  const { promptTokens, cachedTokens, completionTokens, forcedTokens, reasoningTokens } = totalUsage(results);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens, forced_tokens: forcedTokens },
  };
}
