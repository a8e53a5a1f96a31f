import type { TraceStep } from "./answerEvents.js";

/** Steps of a single token that must be there for their median to mean something. */
const MIN_SAMPLES = 3;

/**
 * Milliseconds that forced tokens saved, about: each would have been a step of its own, which takes what the steps of a
 * single token took at the median. Undefined where there are too few of those.
 */
export function savedMs(steps: readonly TraceStep[]): number | undefined {
  const alone: number[] = [];
  const together: { tokens: number; took: number }[] = [];
  for (let i = 0; i < steps.length; i++) {
    const tokens = steps[i].tokens.length;
    const isLast = i === steps.length - 1;
    // What was forced at the end needs no decoding at all: there the sampled token's own step is over.
    const took = isLast ? 0 : steps[i + 1].at_ms - steps[i].at_ms;
    if (tokens > 1) together.push({ tokens: isLast ? tokens - 1 : tokens, took });
    else if (!isLast) alone.push(took);
  }
  if (alone.length < MIN_SAMPLES) return undefined;
  const step = alone.sort((a, b) => a - b)[alone.length >> 1];
  return together.reduce((sum, { tokens, took }) => sum + Math.max(tokens * step - took, 0), 0);
}
