import type { Sample, Summary } from "./results.js";
import { describeRate, describeValues } from "./statistics/bootstrap.js";
import { mean } from "./statistics/distribution.js";

/**
 * Summaries of all samples: one per target and concurrency, and one per case in it. Times are those of answers without errors; rates are
 * over all requests.
 */
export function summarise(samples: readonly Sample[], dollarsPerHour?: number): Summary[] {
  const summaries: Summary[] = [];
  for (const group of groupBy(samples, (sample) => `${sample.target}\n${sample.concurrency}`)) {
    summaries.push(summariseGroup(group, null, dollarsPerHour));
    for (const cases of groupBy(group, (sample) => sample.case)) {
      summaries.push(summariseGroup(cases, cases[0].case, dollarsPerHour));
    }
  }
  return summaries;
}

function summariseGroup(
  samples: readonly Sample[],
  name: string | null,
  dollarsPerHour: number | undefined,
): Summary {
  const answered = samples.filter((sample) => sample.error === null);
  const judged = samples.filter((sample) => sample.correctness !== null);
  const busySeconds = busyTime(samples) / 1000;
  // The total time of all streams divided by their number: idle streams at the end of a slice, during the last long answer, do not
  // represent a server under steady load.
  const streamSeconds =
    answered.reduce((total, sample) => total + sample.latency_ms, 0) / samples[0].concurrency / 1000;
  const tokens = sum(answered, (sample) => sample.completion_tokens);
  const forced = sum(answered, (sample) => sample.forced_tokens);
  const errors: Record<string, number> = {};
  for (const { error } of samples) if (error !== null) errors[error.code] = (errors[error.code] ?? 0) + 1;
  return {
    target: samples[0].target,
    concurrency: samples[0].concurrency,
    case: name,
    requests: samples.length,
    success: describeRate(samples.map((sample) => sample.error === null))!,
    valid: describeRate(samples.map((sample) => sample.valid))!,
    complete: describeRate(samples.map((sample) => sample.completeness === 1))!,
    correct: describeRate(judged.map((sample) => sample.correctness === 1)) ?? null,
    correctness: judged.length === 0 ? null : mean(judged.map((sample) => sample.correctness!)),
    latency_ms: describeValues(answered.map((sample) => sample.latency_ms)) ?? null,
    first_token_ms: describeValues(known(answered, (sample) => sample.first_token_ms)) ?? null,
    time_per_output_token_ms: describeValues(known(answered, timePerOutputToken)) ?? null,
    ms_per_token: describeValues(known(answered, msPerToken)) ?? null,
    output_tokens_per_second: tokens === null || streamSeconds === 0 ? null : tokens / streamSeconds,
    forced_share: forced === null || tokens === null || tokens === 0 ? null : forced / tokens,
    completion_tokens: tokens,
    retries: samples.reduce((total, sample) => total + sample.retries, 0),
    cost_per_1000:
      dollarsPerHour === undefined ? null : (dollarsPerHour / 3600) * (busySeconds / samples.length) * 1000,
    busy_seconds: busySeconds,
    stages: meanStages(answered),
    errors,
  };
}

/** Milliseconds per token after the first. */
export function timePerOutputToken(sample: Sample): number | null {
  const { completion_tokens: tokens, first_token_ms: first } = sample;
  if (tokens === null || first === null || tokens < 2) return null;
  return (sample.latency_ms - first) / (tokens - 1);
}

/** Milliseconds per token over the whole answer, including the prompt. */
export function msPerToken(sample: Sample): number | null {
  const tokens = sample.completion_tokens;
  return tokens === null || tokens === 0 ? null : sample.latency_ms / tokens;
}

/** Milliseconds during which at least one of the samples was running. */
export function busyTime(samples: readonly Sample[]): number {
  const spans = samples.map((sample) => [sample.started, sample.started + sample.latency_ms]);
  spans.sort((a, b) => a[0] - b[0]);
  let total = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const [from, to] of spans) {
    if (to <= end) continue;
    total += to - Math.max(from, end);
    end = to;
  }
  return total;
}

function meanStages(samples: readonly Sample[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { stages } of samples) {
    for (const [stage, milliseconds] of Object.entries(stages)) {
      totals[stage] = (totals[stage] ?? 0) + milliseconds / samples.length;
    }
  }
  return totals;
}

/** The samples by key, in the order of first appearance. */
export function groupBy<Value>(values: readonly Value[], key: (value: Value) => string): Value[][] {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const name = key(value);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value]);
    else group.push(value);
  }
  return [...groups.values()];
}

function known(samples: readonly Sample[], value: (sample: Sample) => number | null): number[] {
  return samples.map(value).filter((one): one is number => one !== null && Number.isFinite(one));
}

function sum(samples: readonly Sample[], value: (sample: Sample) => number | null): number | null {
  const values = known(samples, value);
  return values.length === 0 ? null : values.reduce((total, one) => total + one, 0);
}
