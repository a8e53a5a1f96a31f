import type { Results, Summary } from "./results.js";

/** The last line of a bench with `--json`: the figures of all sides, and the ratios of ours to the other's by name. */
export function toLine(results: Results): Record<string, unknown> {
  const sides: Record<string, unknown> = {};
  for (const summary of results.summaries.filter((one) => one.case === null)) {
    const several = results.summaries.some(
      (one) => one.target === summary.target && one.concurrency !== summary.concurrency,
    );
    sides[several ? `${summary.target} x${summary.concurrency}` : summary.target] = toSide(results, summary);
  }
  return {
    bench: results.kind,
    complete: results.complete,
    sides,
    ratios: Object.fromEntries(results.ratios.map((one) => [one.name, rounded(one.ratio)])),
    figures: Object.fromEntries(
      results.ratios.map(({ name, ours, other, reach, reached }) => [
        name,
        { ours: rounded(ours), other: rounded(other), reach, reached },
      ]),
    ),
    ...(results.masks.length === 0 ? {} : { masks: results.masks }),
    ...(results.cold_starts.length === 0 ? {} : { cold_starts: results.cold_starts }),
    notes: results.notes,
  };
}

function toSide(results: Results, summary: Summary): Record<string, unknown> {
  const { target, concurrency, success, valid, complete, correct } = summary;
  const cases = results.summaries.filter(
    (one) => one.case !== null && one.target === target && one.concurrency === concurrency,
  );
  return {
    concurrency,
    requests: summary.requests,
    success: success.value,
    valid: valid.value,
    complete: complete.value,
    correct: correct?.value ?? null,
    latency_ms: figures(summary.latency_ms),
    first_token_ms: figures(summary.first_token_ms),
    time_per_output_token_ms: figures(summary.time_per_output_token_ms),
    ms_per_token: figures(summary.ms_per_token),
    output_tokens_per_second: rounded(summary.output_tokens_per_second),
    forced_share: rounded(summary.forced_share),
    retries: summary.retries,
    cost_per_1000: rounded(summary.cost_per_1000),
    errors: summary.errors,
    cases: Object.fromEntries(
      cases.map((one) => [
        one.case,
        {
          valid: one.valid.value,
          latency_ms: rounded(one.latency_ms?.p50),
          time_per_output_token_ms: rounded(one.time_per_output_token_ms?.p50),
        },
      ]),
    ),
  };
}

function figures(distribution: Summary["latency_ms"]): Record<string, number | null> | null {
  if (distribution === null) return null;
  const { mean, p50, p90, p99 } = distribution;
  return { mean: rounded(mean), p50: rounded(p50), p90: rounded(p90), p99: rounded(p99) };
}

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value)
    ? null
    : Number(value.toPrecision(5));
}
