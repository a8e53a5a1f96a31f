import { FormworkError } from "../../errors.js";
import type { GenerationTask } from "./sequence.js";

/**
 * Throws if a request cannot be completed: `budget_too_small` with a sufficient number of tokens, or `prompt_too_long` if prompt and
 * shortest known answer exceed `context` tokens.
 */
export function checkFits({ prompt, matcher, maxTokens }: GenerationTask, context: number): void {
  const least = matcher === undefined ? 1 : matcher.tokensToEnd();
  if (maxTokens < least) {
    throw new FormworkError(
      "budget_too_small",
      `max_tokens is ${maxTokens}, but the shortest document of this schema needs ${least} tokens. Set max_tokens to ${least} or more.`,
    );
  }
  if (prompt.length === 0) throw new FormworkError("invalid_request", "The prompt holds no tokens.");
  if (prompt.length + least > context) {
    const more = least === 0 ? "" : ` and the answer needs at least ${least}`;
    throw new FormworkError(
      "prompt_too_long",
      `The prompt has ${prompt.length} tokens${more}, which exceeds the available context size of ${context} tokens.`,
    );
  }
}
