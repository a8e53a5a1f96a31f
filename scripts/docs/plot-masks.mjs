// Draws docs/figures/masks.svg from docs/figures/masks.json: node scripts/docs/plot-masks.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../project.mjs";

const WIDTH = 760;
const LABELS = 118;
const PANEL = (WIDTH - 40) / 2;
const ROW = 30;
const OURS = "#0b6e4f";
const OTHERS = "#8a94a6";

const folder = join(paths.root, "docs", "figures");
const { title, passing, maskMicroseconds } = JSON.parse(readFileSync(join(folder, "masks.json"), "utf8"));
const height = 78 + ROW * passing.length;

const rows = maskMicroseconds.flatMap(({ engine, mean, p99 }) => [
  { engine, label: `${engine}, mean`, value: mean },
  { engine, label: `${engine}, p99`, value: p99 },
]);
const parts = [
  panel(
    0,
    "MaskBench: schemas passing (%)",
    passing.map((row) => ({ ...row, label: row.engine, value: row.percent })),
    100,
  ),
  panel(
    PANEL + 40,
    "mask and token, one run, in turns (µs)",
    rows,
    Math.max(...rows.map(({ value }) => value)),
  ),
];
writeFileSync(
  join(folder, "masks.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#6b7482">
<title>${title}</title>
${parts.join("\n")}
</svg>
`,
);

function panel(left, heading, bars, most) {
  const widest = PANEL - LABELS - 52;
  const lines = bars.map(({ engine, label, value }, index) => {
    const top = 44 + index * ROW;
    const length = Math.max(2, Math.round((value / most) * widest * 10) / 10);
    const colour = engine === "Formwork" ? OURS : OTHERS;
    return [
      `<text x="${left + LABELS - 8}" y="${top + 15}" text-anchor="end">${label}</text>`,
      `<rect x="${left + LABELS}" y="${top}" width="${length}" height="20" rx="2" fill="${colour}"/>`,
      `<text x="${left + LABELS + length + 6}" y="${top + 15}" font-weight="600">${value}</text>`,
    ].join("\n");
  });
  return `<text x="${left}" y="22" font-size="14" font-weight="600">${heading}</text>\n${lines.join("\n")}`;
}
