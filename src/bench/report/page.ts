import type { Comparison } from "../baseline/compare.js";
import type { Results } from "../results.js";
import { escapeHtml } from "./plots/svg.js";
import { comparisonPlots, resultPlots } from "./plots.js";
import { changeTable, overviewTable, ratioTable } from "./rows.js";
import { casesSection, htmlTable, tiles } from "./sections.js";
import { SCRIPT, STYLE } from "./style.js";
import { conclusion } from "./text.js";

/**
 * Results as a self-contained page: no external scripts, fonts, images or requests, enforced by a content security policy. Several results
 * are listed one below the other; a comparison belongs to the first.
 */
export function renderPage(all: readonly Results[], comparison?: Comparison): string {
  const title = all.map((results) => results.title).join(" · ");
  const created = all[0].created.slice(0, 16).replace("T", " ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)} · Formwork bench</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the figures</a>
<header>
<div><h1>${escapeHtml(title)}</h1><p class="soft">Formwork bench, ${escapeHtml(created)} UTC</p></div>
<button id="theme" type="button">Light or dark</button>
</header>
<main id="content">
${comparison === undefined ? "" : comparisonSection(comparison)}
${all.map((results) => resultsSection(results, all.length > 1)).join("\n")}
</main>
<footer><p>Made by <code>${escapeHtml(all[0].command)}</code>. The raw figures are in this page: <code>document.querySelector("#results").textContent</code>.</p></footer>
<script type="application/json" id="results">${embedded(all)}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function resultsSection(results: Results, titled: boolean): string {
  const parts: string[] = [];
  if (titled) parts.push(`<h2>${escapeHtml(results.title)}</h2>`);
  if (!results.complete) {
    parts.push('<p class="verdict bad">This run was interrupted: the figures are those of a part of it.</p>');
  }
  parts.push(...results.notes.map((note) => `<p class="verdict">${escapeHtml(note)}</p>`));
  parts.push(tiles(results));
  if (results.ratios.length > 0) {
    parts.push("<h2>Ours over the other side's</h2>", htmlTable(ratioTable(results), "Ratios"));
  }
  const plots = resultPlots(results);
  if (plots.length > 0) parts.push(`<h2>Plots</h2><div class="plots">${plots.join("\n")}</div>`);
  if (results.summaries.length > 0) {
    parts.push("<h2>All figures</h2>", htmlTable(overviewTable(results), "All figures by target"));
    parts.push(casesSection(results));
  }
  parts.push(methodSection(results));
  return `<section aria-label="${escapeHtml(results.title)}">${parts.join("\n")}</section>`;
}

function comparisonSection(comparison: Comparison): string {
  const { thresholds, warnings, changes } = comparison;
  const kind = comparison.regressions > 0 ? "bad" : "good";
  return `<section aria-label="Comparison with the baseline"><h2>Against the baseline</h2>
<p class="verdict ${kind}"><strong id="verdict">${conclusion(comparison)}</strong> Before: ${escapeHtml(comparison.before)}. Now: ${escapeHtml(comparison.after)}.
A regression is a time more than ${thresholds.time * 100} % longer, or a rate more than ${thresholds.rate * 100} points lower, with the whole 95 % interval (paired by case).</p>
${warnings.map((warning) => `<p class="verdict">${escapeHtml(warning)}</p>`).join("\n")}
<div class="plots">${comparisonPlots(changes).join("\n")}</div>
<h3>Every change</h3>${htmlTable(changeTable(changes), "Changes against the baseline")}</section>`;
}

function methodSection(results: Results): string {
  const { environment } = results;
  const rows: [string, string][] = [
    ["command", results.command],
    ["processor", `${environment.cpu}, ${environment.cores} cores`],
    ["memory", `${environment.memory_gib} GiB`],
    ["system", environment.os],
    ["Node", environment.node],
    [
      "Formwork",
      environment.formwork + (environment.revision === null ? "" : `, revision ${environment.revision}`),
    ],
    ["load before", String(environment.load)],
    ["calibration", `${environment.calibration_ms} ms for a fixed piece of work`],
    ...Object.entries(results.settings).map(([name, value]): [string, string] => [name, String(value)]),
    ...results.targets.flatMap((target) => [
      ...Object.entries(target.facts).map(([name, value]): [string, string] => [
        `${target.name}: ${name}`,
        String(value),
      ]),
    ]),
  ];
  const list = rows.map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td class="text">${escapeHtml(value)}</td></tr>`,
  );
  return `<h2>How it was measured</h2><div class="scroll" tabindex="0" role="region" aria-label="How it was measured"><table><tbody>${list.join("\n")}</tbody></table></div>`;
}

function embedded(all: readonly Results[]): string {
  return JSON.stringify(all).replaceAll("<", "\\u003c");
}
