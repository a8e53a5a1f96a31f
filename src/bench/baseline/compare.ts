import type { Results, Sample } from "../results.js";
import { comparePairs, type PairedEstimate } from "../statistics/bootstrap.js";
import { msPerToken, timePerOutputToken } from "../summary.js";

/** How much worse is too much. */
export interface Thresholds {
  /** Allowed growth of a time or decrease of a throughput, as a fraction. Default 0.1. */
  time: number;
  /** Allowed decrease of a rate, from 0 to 1. Default 0.02. */
  rate: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { time: 0.1, rate: 0.02 };

/**
 * `regression`: worse by more than the threshold with the whole 95 % interval. `worse` / `better`: beyond noise, but within the
 * threshold. `same`: the interval includes no change.
 */
export type Verdict = "regression" | "worse" | "same" | "better";

export interface Change {
  target: string;
  concurrency: number;
  metric: string;
  /** `ratio`: now over then, 1 means no change. `difference`: now minus then, in points. */
  kind: "ratio" | "difference";
  estimate: PairedEstimate;
  verdict: Verdict;
}

export interface Comparison {
  before: string;
  after: string;
  thresholds: Thresholds;
  changes: Change[];
  /** Differences that limit the comparison: another machine, other cases, other settings. */
  warnings: string[];
  regressions: number;
}

interface Metric {
  name: string;
  kind: "ratio" | "difference";
  /** Undefined or null: not available for this sample. */
  value(sample: Sample): number | null;
  /** Answers with errors are excluded from times. */
  onlyAnswered: boolean;
}

const METRICS: readonly Metric[] = [
  { name: "latency", kind: "ratio", value: (one) => one.latency_ms, onlyAnswered: true },
  { name: "time to first token", kind: "ratio", value: (one) => one.first_token_ms, onlyAnswered: true },
  { name: "time per output token", kind: "ratio", value: timePerOutputToken, onlyAnswered: true },
  { name: "time per token, whole answer", kind: "ratio", value: msPerToken, onlyAnswered: true },
  { name: "success", kind: "difference", value: (one) => Number(one.error === null), onlyAnswered: false },
  { name: "validity", kind: "difference", value: (one) => Number(one.valid), onlyAnswered: false },
  { name: "completeness", kind: "difference", value: (one) => one.completeness, onlyAnswered: false },
  { name: "correctness", kind: "difference", value: (one) => one.correctness, onlyAnswered: false },
];

/**
 * Compares two results by target and concurrency, paired by case. A target is paired with the one of the same name, or, if both sides
 * have a single target, with that.
 */
export function compareResults(
  before: Results,
  after: Results,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): Comparison {
  const warnings = findWarnings(before, after);
  const changes: Change[] = [];
  for (const [then, now] of pairTargets(before, after)) {
    const levels = new Set(samplesOf(after, now).map((sample) => sample.concurrency));
    for (const concurrency of [...levels].sort((a, b) => a - b)) {
      const old = samplesOf(before, then).filter((sample) => sample.concurrency === concurrency);
      const fresh = samplesOf(after, now).filter((sample) => sample.concurrency === concurrency);
      for (const metric of METRICS) {
        const estimate = estimateChange(metric, old, fresh);
        if (estimate === undefined) continue;
        const promised = metric.name === "validity" && lostValidity(old, fresh);
        const verdict = promised ? "regression" : judge(metric, estimate, thresholds);
        changes.push({
          target: now,
          concurrency,
          metric: metric.name,
          kind: metric.kind,
          estimate,
          verdict,
        });
      }
    }
  }
  if (changes.length === 0) warnings.push("The two results have no case of one target in common.");
  return {
    before: nameOf(before),
    after: nameOf(after),
    thresholds,
    changes,
    warnings,
    regressions: changes.filter((change) => change.verdict === "regression").length,
  };
}

function estimateChange(
  metric: Metric,
  before: readonly Sample[],
  after: readonly Sample[],
): PairedEstimate | undefined {
  const values = (samples: readonly Sample[], name: string): number[] =>
    samples
      .filter((sample) => sample.case === name && !(metric.onlyAnswered && sample.error !== null))
      .map((sample) => metric.value(sample))
      .filter((value): value is number => value !== null && Number.isFinite(value));
  const names = [...new Set(after.map((sample) => sample.case))];
  const pairs = names.map((name) => ({ before: values(before, name), after: values(after, name) }));
  return comparePairs(pairs, metric.kind);
}

function judge(metric: Metric, { interval }: PairedEstimate, thresholds: Thresholds): Verdict {
  // Oriented so that more is worse; 0 means no change.
  const [low, high] =
    metric.kind === "ratio" ? [interval[0] - 1, interval[1] - 1] : [-interval[1], -interval[0]];
  const threshold = metric.kind === "ratio" ? thresholds.time : thresholds.rate;
  if (low > threshold) return "regression";
  if (low > 0) return "worse";
  if (high < 0) return "better";
  return "same";
}

/** Validity of 100 % is guaranteed and has no noise: a single invalid answer to a case that was always valid is a regression. */
function lostValidity(before: readonly Sample[], after: readonly Sample[]): boolean {
  if (before.length === 0 || !before.every((sample) => sample.valid)) return false;
  const known = new Set(before.map((sample) => sample.case));
  // A missing answer counts for success, not for validity.
  return after.some((sample) => known.has(sample.case) && sample.error === null && !sample.valid);
}

function pairTargets(before: Results, after: Results): [string, string][] {
  const then = before.targets.map((target) => target.name);
  const now = after.targets.map((target) => target.name);
  if (then.length === 1 && now.length === 1) return [[then[0], now[0]]];
  return now.filter((name) => then.includes(name)).map((name) => [name, name]);
}

function findWarnings(before: Results, after: Results): string[] {
  const warnings: string[] = [];
  const [then, now] = [before.environment, after.environment];
  for (const field of ["cpu", "cores", "os", "node"] as const) {
    if (then[field] !== now[field])
      warnings.push(`Another machine: ${field} was ${then[field]}, is ${now[field]}.`);
  }
  const drift = now.calibration_ms / then.calibration_ms;
  if (drift > 1.1 || drift < 1 / 1.1) {
    warnings.push(
      `The machine itself is ${drift > 1 ? "slower" : "faster"}: a fixed piece of work took ${then.calibration_ms} ms then, ${now.calibration_ms} ms now.`,
    );
  }
  if (before.fingerprint !== after.fingerprint) {
    warnings.push("Cases, targets or settings differ; only cases in both are compared.");
  }
  if (!before.complete || !after.complete) warnings.push("One of the runs was interrupted.");
  return warnings;
}

function samplesOf(results: Results, target: string): Sample[] {
  return results.samples.filter((sample) => sample.target === target);
}

function nameOf(results: Results): string {
  const revision = results.environment.revision;
  return `${results.title}, ${results.created.slice(0, 16).replace("T", " ")}${revision === null ? "" : `, ${revision}`}`;
}
