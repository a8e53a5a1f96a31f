import type { Interval } from "../../statistics/distribution.js";
import {
  dot,
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

const LEFT = 12;
// Each row's name is on a separate line, because names may be long.
const ROW = 34;

export interface ForestRow {
  name: string;
  value: number;
  interval: Interval | null;
  /** Determines the colour. */
  kind: "good" | "bad" | "plain";
}

/** Estimates with their intervals around a line of no difference: at 1 for ratios, at 0 for differences. */
export function forestPlot(
  title: string,
  scale: "ratio" | "share" | "difference",
  rows: readonly ForestRow[],
  label: (value: number) => string,
): Plot {
  const ends = rows.flatMap((row) => [row.value, ...(row.interval ?? [])]).filter(Number.isFinite);
  const height = 24 + rows.length * ROW + 34;
  const bottom = height - 30;
  const ratio = scale === "ratio";
  const reference = ratio ? 1 : 0;
  const from = ratio ? Math.min(...ends, 0.8) * 0.95 : Math.min(...ends, scale === "share" ? 0 : -0.05);
  const to = ratio ? Math.max(...ends, 1.25) * 1.05 : Math.max(...ends, scale === "share" ? 1 : 0.05);
  const x = ratio ? logarithmic(from, to, LEFT, WIDTH - 90) : linear(from, to, LEFT, WIDTH - 90);
  let body = horizontalAxis(x, ratio ? logarithmicTicks(from, to) : ticks(from, to, 5), bottom, 10, label);
  if (scale !== "share") body += line(x(reference), 10, x(reference), bottom, "reference");
  rows.forEach((row, index) => {
    const y = 34 + index * ROW;
    body += text(LEFT, y - 9, shorten(row.name, 84), 'class="label"');
    if (row.interval !== null)
      body += line(x(row.interval[0]), y, x(row.interval[1]), y, `whisker ${row.kind}`);
    body += dot(x(row.value), y, row.kind, `${row.name}: ${label(row.value)}`);
    body += text(WIDTH - 80, y + 4, label(row.value), 'class="value"');
  });
  return {
    title,
    summary: rows.map((row) => `${row.name}: ${label(row.value)}.`).join(" "),
    height,
    body: `<g class="forest">${body}</g>`,
    table: {
      head: ["", "value", "95 % interval"],
      rows: rows.map((row) => [
        row.name,
        label(row.value),
        row.interval === null ? "" : `${label(row.interval[0])} to ${label(row.interval[1])}`,
      ]),
    },
  };
}
