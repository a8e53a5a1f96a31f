import type { Comparison } from "../baseline/compare.js";
import type { Results } from "../results.js";
import { changeTable, overviewTable, ratioTable, type Table } from "./rows.js";

/** The overview, ratios and changes for a terminal `columns` wide. */
export function renderText(results: Results, comparison?: Comparison): string {
  const parts = [`${results.title}${results.complete ? "" : " (interrupted)"}`];
  if (results.summaries.length > 0) parts.push(turned(overviewTable(results)));
  if (results.ratios.length > 0) parts.push(aligned(ratioTable(results)));
  if (comparison !== undefined) {
    parts.push(`Against ${comparison.before}:`);
    parts.push(aligned(changeTable(comparison.changes)));
    parts.push(...comparison.warnings.map((warning) => `! ${warning}`));
    parts.push(conclusion(comparison));
  }
  parts.push(...results.notes.map((note) => `! ${note}`));
  return `${parts.join("\n\n")}\n`;
}

export function conclusion(comparison: Comparison): string {
  if (comparison.changes.length === 0) return "Nothing could be compared.";
  const { regressions } = comparison;
  if (regressions === 0) return "No regression.";
  return regressions === 1 ? "1 regression." : `${regressions} regressions.`;
}

/** Aligned columns, the first to the left, the others to the right. */
export function aligned(table: Table): string {
  const lines = [table.head, ...table.rows];
  const widths = table.head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Transposes a wide table with few rows: one line per figure, one column per target. */
function turned(table: Table): string {
  const [names, ...figures] = table.head.map((head, column) => [
    head,
    ...table.rows.map((row) => row[column]),
  ]);
  return aligned({ head: ["", ...names.slice(1)], rows: figures });
}
