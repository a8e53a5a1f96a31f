import type { TraceStep } from "./answerEvents.js";

/** Minimum number of single-token steps for a meaningful median. */
const MIN_SAMPLES = 3;

/**
 * Estimates the milliseconds saved by forced tokens: each would have been a separate step, with the median time of single-token steps.
 * Undefined if there are too few of those.
 */
export function savedMs(steps: readonly TraceStep[]): number | undefined {
  const alone: number[] = [];
  const together: { tokens: number; took: number }[] = [];
  for (let i = 0; i < steps.length; i++) {
    const tokens = steps[i].tokens.length;
    const isLast = i === steps.length - 1;
    // Tokens forced at the end need no decoding: the sampled token's step is already over.
    const took = isLast ? 0 : steps[i + 1].at_ms - steps[i].at_ms;
    if (tokens > 1) together.push({ tokens: isLast ? tokens - 1 : tokens, took });
    else if (!isLast) alone.push(took);
  }
  if (alone.length < MIN_SAMPLES) return undefined;
  const step = alone.sort((a, b) => a - b)[alone.length >> 1];
  return together.reduce((sum, { tokens, took }) => sum + Math.max(tokens * step - took, 0), 0);
}
