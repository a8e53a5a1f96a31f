import type { TargetAnswer } from "../target.js";

/** A failed answer: the error, and the time until it occurred. */
export function failedAnswer(code: string, message: string, latency_ms: number): TargetAnswer {
  return {
    text: "",
    error: { code, message },
    latency_ms,
    first_token_ms: null,
    prompt_tokens: null,
    cached_tokens: null,
    completion_tokens: null,
    forced_tokens: null,
    attempts: 1,
    finish_reason: null,
    stages: {},
  };
}
