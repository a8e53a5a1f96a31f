import type { Comparison } from "../baseline/compare.js";
import type { Results } from "../results.js";
import { changeTable, overviewTable, ratioTable, type Table } from "./rows.js";
import { conclusion } from "./text.js";

/** A summary for a pull request: what was measured, figures and changes, with collapsed details. */
export function renderMarkdown(results: Results, comparison?: Comparison): string {
  const { environment } = results;
  const parts = [`### ${results.title}${results.complete ? "" : " (interrupted)"}`];
  if (comparison !== undefined) {
    const changed = comparison.changes.filter((change) => change.verdict !== "same");
    parts.push(`**${conclusion(comparison)}** Against ${comparison.before}.`);
    if (changed.length > 0) parts.push(markdownTable(changeTable(changed)));
    parts.push(...comparison.warnings.map((warning) => `> ${warning}`));
  }
  if (results.summaries.length > 0) parts.push(markdownTable(overviewTable(results)));
  if (results.ratios.length > 0) parts.push(markdownTable(ratioTable(results)));
  parts.push(...results.notes.map((note) => `> ${note}`));
  const revision = environment.revision === null ? "" : `, revision ${environment.revision}`;
  parts.push(
    `<details><summary>How it was measured</summary>\n\n\`\`\`\n${results.command}\n\`\`\`\n${environment.cpu}, ${environment.cores} cores, ${environment.memory_gib} GiB, ${environment.os}, Node ${environment.node}, Formwork ${environment.formwork}${revision}\n</details>`,
  );
  return `${parts.join("\n\n")}\n`;
}

function markdownTable(table: Table): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [row(table.head), row(table.head.map(() => "---")), ...table.rows.map(row)].join("\n");
}
