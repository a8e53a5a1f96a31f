import { ratio } from "../../ratios.js";
import type { Ratio } from "../../results.js";
import type { SamplingPlan } from "../../run/plan.js";
import { BENCH_SCHEMAS } from "../../schemas/index.js";
import { median } from "../../statistics/distribution.js";
import type { Target } from "../../target.js";

/** New prefixes; each is sent twice, with different questions after it. */
const PREFIXES = 3;

/** Goal for the ratio of the times to the first token. */
const REACH = 0.3;

/**
 * The time to the first token of a long prompt (about 800 tokens) with a cached prefix, divided by that of the first prompt with the
 * prefix. Undefined if the target does not report it.
 */
export async function prefixRatio(
  target: Target,
  sampling: SamplingPlan,
  signal?: AbortSignal,
): Promise<Ratio | undefined> {
  const { schema } = BENCH_SCHEMAS[0];
  const rules = JSON.stringify(BENCH_SCHEMAS.slice(2, 6).map((one) => one.schema));
  const first: number[] = [];
  const again: number[] = [];
  for (let i = 0; i < PREFIXES; i++) {
    const system = `Form ${i} of ${PREFIXES}. These are the forms of the house:\n${rules}`;
    for (const times of [first, again]) {
      const prompt = times === first ? "Is the return accepted?" : "The kettle is broken. What now?";
      const request = { system, prompt, schema, maxTokens: 48, ...sampling };
      const { first_token_ms } = await target.generate(request, signal);
      if (first_token_ms === null) return undefined;
      times.push(first_token_ms);
    }
  }
  return ratio(
    "time to first token in ms, long shared prefix, second request against the first",
    median(again),
    median(first),
    { atMost: REACH },
  );
}
