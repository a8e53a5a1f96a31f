import { quantile } from "../../statistics/distribution.js";
import { duration } from "../numberFormat.js";
import {
  bar,
  horizontalAxis,
  line,
  linear,
  logarithmic,
  logarithmicTicks,
  type Plot,
  shorten,
  text,
  ticks,
  WIDTH,
} from "./svg.js";

const LEFT = 170;
const LANE = 64;
const BINS = 60;

export interface Lane {
  name: string;
  values: readonly number[];
  /** Which colour. */
  series: number;
}

/** Distributions of latencies: one histogram per lane, with the median and the 90th and 99th percentile marked. */
export function latencyPlot(lanes: readonly Lane[]): Plot {
  const sorted = lanes.map((lane) => ({ ...lane, values: Float64Array.from(lane.values).sort() }));
  const all = sorted.flatMap((lane) => [...lane.values]);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const wide = low > 0 && high / low > 12;
  const height = 24 + lanes.length * LANE + 30;
  const from = wide ? low * 0.95 : 0;
  const to = high * 1.04 || 1;
  const x = wide ? logarithmic(from, to, LEFT, WIDTH - 16) : linear(from, to, LEFT, WIDTH - 16);
  const bottom = height - 30;
  let body = horizontalAxis(x, wide ? logarithmicTicks(from, to) : ticks(from, to), bottom, 16, duration);
  sorted.forEach(({ name, values, series }, index) => {
    const base = 16 + (index + 1) * LANE;
    body += text(LEFT - 12, base - 22, shorten(name, 22), 'class="label" text-anchor="end"');
    body += histogram(values, x, base, `series-${series % 8}`, name);
    for (const [share, mark] of [
      [0.5, "p50"],
      [0.9, "p90"],
      [0.99, "p99"],
    ] as const) {
      const at = x(quantile(values, share));
      body += line(at, base - LANE + 18, at, base, `mark ${mark}`);
      if (mark === "p50")
        body += text(at + 4, base - LANE + 15, duration(quantile(values, share)), 'class="value"');
    }
    body += line(LEFT, base, WIDTH - 16, base, "axis");
  });
  const row = (name: string, values: Float64Array): string[] => [
    name,
    String(values.length),
    ...[0.5, 0.9, 0.99, 1].map((share) => duration(quantile(values, share))),
  ];
  return {
    title: "How long answers take (lines: median, p90, p99)",
    summary: sorted
      .map(
        ({ name, values }) =>
          `${name}: half within ${duration(quantile(values, 0.5))}, 99 of 100 within ${duration(quantile(values, 0.99))}.`,
      )
      .join(" "),
    height,
    body: `<g class="latency">${body}</g>`,
    table: {
      head: ["", "answers", "p50", "p90", "p99", "longest"],
      rows: sorted.map(({ name, values }) => row(name, values)),
    },
  };
}

function histogram(
  values: Float64Array,
  x: (value: number) => number,
  base: number,
  kind: string,
  name: string,
): string {
  const counts = new Array<number>(BINS).fill(0);
  const width = (WIDTH - 16 - LEFT) / BINS;
  for (const value of values) {
    const bin = Math.floor((x(value) - LEFT) / width);
    counts[Math.max(0, Math.min(BINS - 1, bin))] += 1;
  }
  const most = Math.max(...counts);
  return counts
    .map((count, bin) => {
      if (count === 0) return "";
      const tall = (count / most) * (LANE - 26);
      return bar(
        LEFT + bin * width,
        base - tall,
        width - 0.6,
        tall,
        kind,
        `${name}: ${count} of ${values.length}`,
      );
    })
    .join("");
}
