import type { Change } from "../baseline/compare.js";
import type { Results, Summary } from "../results.js";
import { number, percent } from "./numberFormat.js";
import { maskPlot, stagePlot, throughputPlot } from "./plots/bars.js";
import { type ForestRow, forestPlot } from "./plots/forest.js";
import { latencyPlot } from "./plots/latency.js";
import { figure } from "./plots/svg.js";
import { changeLabel } from "./rows.js";

/** All plots for which there are figures. */
export function resultPlots(results: Results): string[] {
  const plots = [];
  const totals = results.summaries.filter((summary) => summary.case === null);
  const names = [...new Set(totals.map((total) => total.target))];
  const lanes = totals
    .map((total) => ({
      name: labelOf(total, totals),
      values: latencies(results, total),
      series: names.indexOf(total.target),
    }))
    .filter((lane) => lane.values.length > 0);
  if (lanes.length > 0) plots.push(latencyPlot(lanes));

  const staged = totals.filter((total) => Object.keys(total.stages).length > 0);
  if (staged.length > 0) {
    const rows = staged.map((total) => ({ name: labelOf(total, totals), stages: total.stages }));
    plots.push(stagePlot("Where the time of an answer goes (mean)", rows));
  }
  if (results.cold_starts.length > 0) plots.push(coldPlot(results));

  const series = throughputSeries(totals);
  if (series.length > 0) plots.push(throughputPlot(series));
  if (totals.length > 0) plots.push(qualityPlot(totals));
  if (results.ratios.length > 0) plots.push(ratioPlot(results));
  if (results.masks.length > 0) {
    const engines = (key: "mask_us" | "ttfm_us") =>
      results.masks.map((mask) => ({ name: mask.engine, figures: mask[key] }));
    plots.push(maskPlot("Mask and commit, a token", engines("mask_us")));
    plots.push(maskPlot("Time to the first mask of a schema", engines("ttfm_us")));
  }
  return plots.map(figure);
}

/** Changes against the baseline: times as ratios, rates as differences. */
export function comparisonPlots(changes: readonly Change[]): string[] {
  const several = new Set(changes.map((change) => `${change.target} ${change.concurrency}`)).size > 1;
  const rows = (kind: Change["kind"]): ForestRow[] =>
    changes
      .filter((change) => change.kind === kind)
      .map((change) => ({
        name: several ? `${change.metric} (${change.target}, ${change.concurrency})` : change.metric,
        value: change.estimate.value,
        interval: change.estimate.interval,
        kind: change.verdict === "regression" ? "bad" : change.verdict === "better" ? "good" : "plain",
      }));
  const plots = [];
  const ratios = rows("ratio");
  const differences = rows("difference");
  if (ratios.length > 0) {
    const label = (value: number): string => changeLabel({ kind: "ratio" }, value);
    plots.push(forestPlot("Times: now over then (less is better)", "ratio", ratios, label));
  }
  if (differences.length > 0) {
    const label = (value: number): string => changeLabel({ kind: "difference" }, value);
    plots.push(forestPlot("Rates: now minus then (more is better)", "difference", differences, label));
  }
  return plots.map(figure);
}

function labelOf(summary: Summary, among: readonly Summary[]): string {
  const several = among.some((one) => one.concurrency !== summary.concurrency);
  return several ? `${summary.target} × ${summary.concurrency}` : summary.target;
}

function latencies(results: Results, { target, concurrency }: Summary): number[] {
  return results.samples
    .filter((one) => one.target === target && one.concurrency === concurrency && one.error === null)
    .map((one) => one.latency_ms);
}

function throughputSeries(totals: readonly Summary[]) {
  const names = [...new Set(totals.map((total) => total.target))];
  return names
    .map((name) => ({
      name,
      points: totals
        .filter((total) => total.target === name && total.output_tokens_per_second !== null)
        .map((total) => ({
          concurrency: total.concurrency,
          tokensPerSecond: total.output_tokens_per_second!,
        }))
        .sort((a, b) => a.concurrency - b.concurrency),
    }))
    .filter((series) => series.points.length > 0);
}

function qualityPlot(totals: readonly Summary[]) {
  const rows: ForestRow[] = totals.flatMap((total) => {
    const name = labelOf(total, totals);
    const rates = [
      ["valid", total.valid],
      ["complete", total.complete],
      ["correct", total.correct],
    ] as const;
    return rates.flatMap(([kind, value]) =>
      value === null
        ? []
        : [
            {
              name: `${name}: ${kind}`,
              value: value.value,
              interval: value.interval,
              kind: "plain" as const,
            },
          ],
    );
  });
  return forestPlot("Validity, completeness, correctness, each on its own", "share", rows, percent);
}

function ratioPlot(results: Results) {
  const rows: ForestRow[] = results.ratios
    .filter((ratio) => ratio.ratio > 0)
    .map((ratio) => ({
      name: ratio.name,
      value: ratio.ratio,
      interval: ratio.interval,
      kind: ratio.reached === null ? "plain" : ratio.reached ? "good" : "bad",
    }));
  return forestPlot("Ours over the other side's", "ratio", rows, (value) => `${number(value)}x`);
}

function coldPlot(results: Results) {
  const names = [...new Set(results.cold_starts.map((start) => start.target))];
  const rows = names.map((name) => {
    const starts = results.cold_starts.filter((start) => start.target === name);
    const stages: Record<string, number> = {};
    const add = (stage: string, milliseconds: number): void => {
      stages[stage] = (stages[stage] ?? 0) + milliseconds / starts.length;
    };
    for (const start of starts) {
      let told = 0;
      for (const [stage, milliseconds] of Object.entries(start.stages)) {
        add(stage, milliseconds);
        told += milliseconds;
      }
      if (start.total_ms > told) add("other", start.total_ms - told);
      add("first answer", start.first_answer_ms);
    }
    return { name, stages };
  });
  return stagePlot("Where the time of a cold start goes (mean)", rows);
}
