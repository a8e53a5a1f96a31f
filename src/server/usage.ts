import type { GenerateResult } from "../engine/index.js";
import type { Usage } from "../types.js";

/** The total usage of several answers to one prompt, which counts once. */
export function totalUsage(results: readonly GenerateResult[]): Required<Usage> {
  const sum = (count: (usage: Usage) => number) =>
    results.reduce((total, { usage }) => total + count(usage), 0);
  return {
    promptTokens: Math.max(0, ...results.map(({ usage }) => usage.promptTokens)),
    cachedTokens: Math.max(0, ...results.map(({ usage }) => usage.cachedTokens)),
    completionTokens: sum((usage) => usage.completionTokens),
    forcedTokens: sum((usage) => usage.forcedTokens),
    reasoningTokens: sum((usage) => usage.reasoningTokens ?? 0),
  };
}

/** Token counts with the names of `/generate` and the log. */
export function usageMembers(results: readonly GenerateResult[]) {
  const { promptTokens, cachedTokens, completionTokens, forcedTokens, reasoningTokens } = totalUsage(results);
  return {
    prompt_tokens: promptTokens,
    cached_tokens: cachedTokens,
    completion_tokens: completionTokens,
    forced_tokens: forcedTokens,
    ...(reasoningTokens > 0 && { reasoning_tokens: reasoningTokens }),
  };
}

/** Times in milliseconds with the names of `/generate` and the log. */
export function timingMembers({ timings }: GenerateResult) {
  return {
    queue_ms: rounded(timings.queueMs),
    compile_ms: rounded(timings.compileMs),
    prefill_ms: rounded(timings.prefillMs),
    first_token_ms: rounded(timings.firstTokenMs),
    decode_ms: rounded(timings.decodeMs),
  };
}

export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
