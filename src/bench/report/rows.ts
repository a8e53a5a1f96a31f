import type { Change, Verdict } from "../baseline/compare.js";
import type { Results, Summary } from "../results.js";
import { dollars, duration, interval, medianOf, NONE, number, percent, rate } from "./numberFormat.js";

/** Tables shared by the terminal, the Markdown summary and the page. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** One row per target and concurrency. */
export function overviewTable(results: Results): Table {
  const wide = results.summaries.some((summary) => summary.concurrency !== 1);
  const columns: [string, (summary: Summary) => string][] = [
    ["target", (one) => one.target],
    ["in flight", (one) => String(one.concurrency)],
    ["requests", (one) => String(one.requests)],
    ["success", (one) => percent(one.success.value)],
    ["valid", (one) => percent(one.valid.value)],
    ["complete", (one) => percent(one.complete.value)],
    ["correct", (one) => (one.correct === null ? NONE : rate(one.correct))],
    ["latency p50", (one) => medianOf(one.latency_ms)],
    ["95 %", (one) => (one.latency_ms === null ? NONE : interval(one.latency_ms.p50_interval, duration))],
    ["p90", (one) => duration(one.latency_ms?.p90)],
    ["p99", (one) => duration(one.latency_ms?.p99)],
    ["first token", (one) => medianOf(one.first_token_ms)],
    ["per token", (one) => medianOf(one.time_per_output_token_ms)],
    ["tokens/s", (one) => number(one.output_tokens_per_second)],
    ["forced", (one) => percent(one.forced_share)],
    ["retries", (one) => String(one.retries)],
    ["per 1,000", (one) => dollars(one.cost_per_1000)],
  ];
  const totals = results.summaries.filter((summary) => summary.case === null);
  const empty = (value: string): boolean => value === NONE;
  const kept = columns.filter(([name, cell]) => {
    if (name === "in flight") return wide;
    if (name === "retries") return totals.some((one) => one.retries > 0);
    return totals.length === 0 || !totals.every((one) => empty(cell(one)));
  });
  return {
    head: kept.map(([name]) => name),
    rows: totals.map((one) => kept.map(([, cell]) => cell(one))),
  };
}

/** One row per case, target and concurrency. */
export function caseTable(results: Results): Table {
  const cases = results.summaries.filter((summary) => summary.case !== null);
  return {
    head: [
      "case",
      "target",
      "in flight",
      "valid",
      "complete",
      "correct",
      "latency p50",
      "p90",
      "per token",
      "tokens",
      "forced",
      "first fault",
    ],
    rows: cases.map((one) => [
      one.case ?? "",
      one.target,
      String(one.concurrency),
      percent(one.valid.value),
      percent(one.complete.value),
      one.correct === null ? NONE : `${one.correct.yes} of ${one.correct.of}`,
      medianOf(one.latency_ms),
      duration(one.latency_ms?.p90),
      medianOf(one.time_per_output_token_ms),
      number(one.completion_tokens === null ? null : one.completion_tokens / one.requests),
      percent(one.forced_share),
      firstFault(results, one),
    ]),
  };
}

function firstFault(results: Results, summary: Summary): string {
  const faulty = results.samples.find(
    (sample) =>
      sample.target === summary.target &&
      sample.concurrency === summary.concurrency &&
      sample.case === summary.case &&
      sample.detail !== "",
  );
  return faulty?.detail ?? "";
}

const VERDICTS: Record<Verdict, string> = {
  regression: "regression",
  worse: "worse, within the threshold",
  same: "no change beyond noise",
  better: "better",
};

export function changeTable(changes: readonly Change[]): Table {
  return {
    head: ["target", "in flight", "metric", "change", "95 % interval", "verdict"],
    rows: changes.map((change) => [
      change.target,
      String(change.concurrency),
      change.metric,
      changeLabel(change, change.estimate.value),
      interval(change.estimate.interval, (value) => changeLabel(change, value)),
      VERDICTS[change.verdict],
    ]),
  };
}

/** `1.25x` for a ratio, `-3 points` for a difference of rates. */
export function changeLabel(change: Pick<Change, "kind">, value: number): string {
  if (change.kind === "ratio") return `${value.toFixed(2)}x`;
  const points = value * 100;
  return `${points > 0 ? "+" : ""}${number(points)} points`;
}

export function ratioTable(results: Results): Table {
  return {
    head: ["figure", "ours", "other", "ratio", "to reach", "reached"],
    rows: results.ratios.map((ratio) => [
      ratio.name,
      number(ratio.ours),
      number(ratio.other),
      `${number(ratio.ratio)}x`,
      ratio.reach ?? NONE,
      ratio.reached === null ? NONE : ratio.reached ? "yes" : "no",
    ]),
  };
}
