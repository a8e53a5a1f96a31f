import type { Results } from "../results.js";
import { duration, interval, number, percent, rateInterval } from "./numberFormat.js";
import { escapeHtml } from "./plots/svg.js";
import { caseTable, type Table } from "./rows.js";

const TEXT_COLUMNS = new Set(["first fault", "verdict"]);

/** A table that can be scrolled by keyboard, and sorted if it has several rows. */
export function htmlTable(table: Table, label: string): string {
  const sortable = table.rows.length > 2;
  const head = table.head.map((name) => {
    const content = escapeHtml(name);
    const kind = TEXT_COLUMNS.has(name) ? ' class="text"' : "";
    return `<th scope="col"${kind}>${sortable ? `<button type="button">${content}</button>` : content}</th>`;
  });
  const rows = table.rows.map((row) => {
    const cells = row.map((cell, column) => {
      if (column === 0) return `<th scope="row">${escapeHtml(cell)}</th>`;
      const name = table.head[column];
      const kind = TEXT_COLUMNS.has(name) ? "text" : verdictClass(cell);
      return `<td${kind === "" ? "" : ` class="${kind}"`}>${escapeHtml(cell)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table${sortable ? ' class="sortable"' : ""}>
<thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function verdictClass(cell: string): string {
  if (cell === "yes") return "yes";
  if (cell === "no") return "no";
  return "";
}

/** The most important figures of the first target. */
export function tiles(results: Results): string {
  const entries: [name: string, figure: string, note: string][] = [];
  const first = results.summaries.find((summary) => summary.case === null);
  if (first !== undefined) {
    const of =
      results.targets.length > 1 || results.summaries.some((one) => one.concurrency !== first.concurrency);
    const where = of ? `${first.target}, ${first.concurrency} in flight; ` : "";
    entries.push(["valid", percent(first.valid.value), `${where}95 %: ${rateInterval(first.valid)}`]);
    if (first.correct !== null) {
      entries.push(["correct", percent(first.correct.value), `${first.correct.yes} of ${first.correct.of}`]);
    }
    if (first.latency_ms !== null) {
      const { p50, p90, p99, p50_interval } = first.latency_ms;
      entries.push(["latency p50", duration(p50), `95 %: ${interval(p50_interval, duration)}`]);
      entries.push(["latency p99", duration(p99), `p90 ${duration(p90)}`]);
    }
    if (first.time_per_output_token_ms !== null) {
      entries.push([
        "per output token",
        duration(first.time_per_output_token_ms.p50),
        "median, after the first",
      ]);
    }
    if (first.output_tokens_per_second !== null) {
      entries.push([
        "output tokens/s",
        number(first.output_tokens_per_second),
        `forced ${percent(first.forced_share)}`,
      ]);
    }
  }
  for (const mask of results.masks) {
    entries.push([
      `${mask.engine}: schemas passing`,
      percent(mask.passing / mask.schemas),
      `${mask.passing} of ${mask.schemas}`,
    ]);
  }
  if (entries.length === 0) return "";
  const items = entries.map(
    ([name, value, note]) =>
      `<li><span class="name">${escapeHtml(name)}</span><span class="figure" data-figure="${escapeHtml(name)}">${escapeHtml(value)}</span><span class="note">${escapeHtml(note)}</span></li>`,
  );
  return `<ul class="tiles">${items.join("\n")}</ul>`;
}

export function casesSection(results: Results): string {
  const table = caseTable(results);
  if (table.rows.length === 0) return "";
  return `<h2>Case by case</h2>${htmlTable(table, "Figures case by case")}`;
}
