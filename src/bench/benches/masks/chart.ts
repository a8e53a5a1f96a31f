import type { MaskFigures } from "../../results.js";

const WIDTH = 720;
const HEIGHT = 360;
const LEFT = 70;
const RIGHT = 130;
const TOP = 46;
const BOTTOM = 44;
const COLOURS = ["#0b6e4f", "#b5482a", "#3d5a98"];

/** Percentiles on the horizontal axis, evenly spaced to emphasise the tail. */
const SHOWN = ["p50", "p75", "p90", "p95", "p99", "p99.5", "p99.9"];

/** The distributions of one kind of time, by engine, as an SVG file. Times in microseconds. */
export function distributionChart(
  title: string,
  key: "mask_us" | "ttfm_us",
  engines: readonly MaskFigures[],
): string {
  const values = engines.flatMap((engine) => SHOWN.map((name) => Math.max(engine[key][name] ?? 0, 0.1)));
  const from = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const to = 10 ** Math.ceil(Math.log10(Math.max(...values) * 1.0001));
  const x = (index: number): number => LEFT + (index / (SHOWN.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT -
    BOTTOM -
    (Math.log10(Math.max(value, 0.1) / from) / Math.log10(to / from)) * (HEIGHT - TOP - BOTTOM);
  const parts: string[] = [];
  for (let value = from; value <= to * 1.0001; value *= 10) {
    const height = round(y(value));
    parts.push(`<path d="M${LEFT} ${height}H${WIDTH - RIGHT}" stroke="#8884" fill="none"/>`);
    parts.push(`<text x="${LEFT - 8}" y="${height + 4}" text-anchor="end">${duration(value)}</text>`);
  }
  SHOWN.forEach((name, index) => {
    parts.push(
      `<text x="${round(x(index))}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${name}</text>`,
    );
  });
  engines.forEach((engine, number) => {
    const colour = COLOURS[number % COLOURS.length];
    const points = SHOWN.map((name, index) => [round(x(index)), round(y(engine[key][name] ?? 0))] as const);
    parts.push(
      `<path d="M${points.map((point) => point.join(" ")).join("L")}" stroke="${colour}" stroke-width="2" fill="none"/>`,
    );
    points.forEach(([left, top], index) => {
      const name = `${engine.engine}, ${SHOWN[index]}: ${duration(engine[key][SHOWN[index]] ?? 0)}`;
      parts.push(`<circle cx="${left}" cy="${top}" r="3.5" fill="${colour}"><title>${name}</title></circle>`);
    });
    const [left, top] = points[points.length - 1];
    parts.push(`<text x="${left + 10}" y="${top + 4}" fill="${colour}">${engine.engine}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#777">
<title>${title}</title>
<text x="${LEFT}" y="24" font-size="15">${title}</text>
${parts.join("\n")}
</svg>
`;
}

function duration(microseconds: number): string {
  if (microseconds >= 1e6) return `${+(microseconds / 1e6).toPrecision(3)} s`;
  if (microseconds >= 1000) return `${+(microseconds / 1000).toPrecision(3)} ms`;
  return `${+microseconds.toPrecision(3)} µs`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
