import { duration, number } from "../numberFormat.js";
import {
  bar,
  dot,
  horizontalAxis,
  legend,
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
const ROW = 34;

/** Times by stage: one stacked bar per row, with stages in the order of first appearance. */
export function stagePlot(
  title: string,
  rows: readonly { name: string; stages: Readonly<Record<string, number>> }[],
): Plot {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.stages)))];
  const totals = rows.map((row) => Object.values(row.stages).reduce((sum, one) => sum + one, 0));
  const height = 40 + rows.length * ROW + 30;
  const bottom = height - 30;
  const to = Math.max(...totals) * 1.12 || 1;
  const x = linear(0, to, LEFT, WIDTH - 16);
  let body = legend(names, LEFT, 16) + horizontalAxis(x, ticks(0, to), bottom, 30, duration);
  rows.forEach((row, index) => {
    const top = 34 + index * ROW;
    body += text(LEFT - 12, top + 16, shorten(row.name, 22), 'class="label" text-anchor="end"');
    let sum = 0;
    names.forEach((stage, position) => {
      const value = row.stages[stage] ?? 0;
      const left = x(sum);
      sum += value;
      if (value > 0) {
        body += bar(
          left,
          top,
          x(sum) - left,
          ROW - 12,
          `series-${position % 8}`,
          `${row.name}, ${stage}: ${duration(value)}`,
        );
      }
    });
    body += text(x(sum) + 5, top + 16, duration(sum), 'class="value"');
  });
  return {
    title,
    summary: rows.map((row, index) => `${row.name}: ${duration(totals[index])} in all.`).join(" "),
    height,
    body: `<g class="stages">${body}</g>`,
    table: {
      head: ["", ...names, "in all"],
      rows: rows.map((row, index) => [
        row.name,
        ...names.map((stage) => duration(row.stages[stage])),
        duration(totals[index]),
      ]),
    },
  };
}

/** Output tokens per second by concurrency: one line per target, or bars if only one level was measured. */
export function throughputPlot(
  series: readonly { name: string; points: readonly { concurrency: number; tokensPerSecond: number }[] }[],
): Plot {
  const levels = [...new Set(series.flatMap((one) => one.points.map((point) => point.concurrency)))].sort(
    (a, b) => a - b,
  );
  const most =
    Math.max(...series.flatMap((one) => one.points.map((point) => point.tokensPerSecond))) * 1.1 || 1;
  const height = 300;
  const bottom = height - 44;
  const x = linear(0, Math.max(levels.length - 1, 1), LEFT, WIDTH - 60);
  const y = linear(0, most, bottom, 34);
  const place = (level: number): number =>
    levels.length === 1 ? (LEFT + WIDTH - 60) / 2 : x(levels.indexOf(level));
  let body = legend(
    series.map((one) => one.name),
    LEFT,
    16,
  );
  for (const value of ticks(0, most, 5)) {
    body += line(LEFT - 30, y(value), WIDTH - 16, y(value), "grid");
    body += text(LEFT - 38, y(value) + 4, number(value), 'class="tick" text-anchor="end"');
  }
  for (const level of levels)
    body += text(place(level), bottom + 18, String(level), 'class="tick" text-anchor="middle"');
  body += text((LEFT + WIDTH) / 2, height - 6, "requests in flight", 'class="tick" text-anchor="middle"');
  body += text(18, 30, "output tokens/s", 'class="tick"');
  series.forEach((one, index) => {
    const kind = index % 8;
    const hint = (point: { concurrency: number; tokensPerSecond: number }): string =>
      `${one.name}, ${point.concurrency} in flight: ${number(point.tokensPerSecond)} tokens/s`;
    if (levels.length === 1) {
      const width = Math.min(60, 300 / series.length);
      for (const point of one.points) {
        const left = place(point.concurrency) + (index - series.length / 2) * width;
        const top = y(point.tokensPerSecond);
        body += bar(left, top, width - 6, bottom - top, `series-${kind}`, hint(point));
        body += text(
          left + width / 2 - 3,
          top - 5,
          number(point.tokensPerSecond),
          'class="value" text-anchor="middle"',
        );
      }
      return;
    }
    const path = one.points.map(
      (point) => `${place(point.concurrency).toFixed(1)},${y(point.tokensPerSecond).toFixed(1)}`,
    );
    body += `<polyline points="${path.join(" ")}" class="line line-${kind}"/>`;
    for (const point of one.points)
      body += dot(place(point.concurrency), y(point.tokensPerSecond), `series-${kind}`, hint(point));
  });
  return {
    title: "Throughput over requests in flight",
    summary: series
      .flatMap((one) =>
        one.points.map(
          (point) =>
            `${one.name} with ${point.concurrency}: ${number(point.tokensPerSecond)} tokens a second.`,
        ),
      )
      .join(" "),
    height,
    body: `<g class="throughput">${body}</g>`,
    table: {
      head: ["", ...levels.map((level) => `${level} in flight`)],
      rows: series.map((one) => [
        one.name,
        ...levels.map((level) =>
          number(one.points.find((point) => point.concurrency === level)?.tokensPerSecond),
        ),
      ]),
    },
  };
}

/** Mask times by engine: mean, p50, p99 on one logarithmic axis. `unit` of the values: microseconds. */
export function maskPlot(
  title: string,
  engines: readonly { name: string; figures: Readonly<Record<string, number>> }[],
): Plot {
  const kinds = ["mean", "p50", "p90", "p99", "p99.9"].filter((kind) =>
    engines.some((one) => (one.figures[kind] ?? 0) > 0),
  );
  const values = engines
    .flatMap((one) => kinds.map((kind) => one.figures[kind] ?? 0))
    .filter((value) => value > 0);
  const from = Math.min(...values) * 0.7;
  const to = Math.max(...values) * 1.6;
  const height = 40 + engines.length * ROW + 30;
  const bottom = height - 30;
  const x = logarithmic(from, to, LEFT, WIDTH - 16);
  const micro = (value: number): string => duration(value / 1000);
  let body = legend(kinds, LEFT, 16) + horizontalAxis(x, logarithmicTicks(from, to), bottom, 30, micro);
  engines.forEach((engine, index) => {
    const middle = 34 + index * ROW + 12;
    body += text(LEFT - 12, middle + 4, shorten(engine.name, 22), 'class="label" text-anchor="end"');
    body += line(LEFT, middle, WIDTH - 16, middle, "grid");
    kinds.forEach((kind, position) => {
      const value = engine.figures[kind] ?? 0;
      if (value > 0)
        body += dot(x(value), middle, `series-${position}`, `${engine.name}, ${kind}: ${micro(value)}`);
    });
  });
  return {
    title,
    summary: engines
      .map((one) => `${one.name}: mean ${micro(one.figures["mean"])}, p99 ${micro(one.figures["p99"])}.`)
      .join(" "),
    height,
    body: `<g class="masks">${body}</g>`,
    table: {
      head: ["", ...kinds],
      rows: engines.map((one) => [one.name, ...kinds.map((kind) => micro(one.figures[kind] ?? Number.NaN))]),
    },
  };
}
