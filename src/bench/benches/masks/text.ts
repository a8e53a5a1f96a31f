import type { MaskFigures } from "../../results.js";
import type { MaskBenchResult } from "./bench.js";
import type { SuiteFigures } from "./suite.js";
import type { WalkFigures } from "./walks.js";

const COLUMNS = ["mean", "p50", "p90", "p99", "p99.9", "max"];

/** The result of the bench as a table for people. */
export function masksText(result: MaskBenchResult): string {
  const engines: MaskFigures[] = [result, ...(result.peers ?? [])];
  const lines = [`${result.schemas} schemas, vocabulary of ${result.vocabulary} tokens`, ""];
  for (const one of engines) {
    const share = one.schemas === 0 ? 0 : (one.passing / one.schemas) * 100;
    lines.push(
      `${one.engine.padEnd(16)} passing ${one.passing} (${share.toFixed(1)} %), refused ${one.compile_errors}, ` +
        `valid refused ${one.validation_errors}, invalid let through ${one.invalidation_errors}, late ${one.timeouts}`,
    );
  }
  for (const [key, title] of [
    ["mask_us", "mask + commit, µs"],
    ["ttfm_us", "first mask, µs"],
  ] as const) {
    lines.push("", `${title.padEnd(22)}${COLUMNS.map((column) => column.padStart(11)).join("")}`);
    for (const one of engines) {
      const cells = COLUMNS.map((column) => String(one[key][column] ?? 0).padStart(11));
      lines.push(`${one.engine.padEnd(22)}${cells.join("")}`);
    }
  }
  if (result.near_end_us !== undefined) {
    const cells = COLUMNS.map((column) => String(result.near_end_us?.[column] ?? 0).padStart(11));
    lines.push("", `${"near the end, µs".padEnd(22)}${cells.join("")}`);
  }
  for (const [title, cases] of [
    ["slowest first masks, µs", result.worst?.first ?? []],
    ["slowest other masks, µs", result.worst?.mask ?? []],
  ] as const) {
    if (cases.length > 0)
      lines.push("", title, ...cases.map(({ id, us }) => `${String(us).padStart(10)}  ${id}`));
  }
  const ratios = Object.entries(result.ratios ?? {});
  if (ratios.length > 0)
    lines.push(
      "",
      "ours over the others'",
      ...ratios.map(([name, value]) => `  ${name.padEnd(32)} ${value}`),
    );
  return lines.join("\n");
}

export function suiteText(figures: SuiteFigures): string {
  const share = ((figures.refused / Math.max(figures.groups, 1)) * 100).toFixed(1);
  return (
    `${figures.groups} groups: ${figures.right} right, ${figures.wrong} wrong (${figures.wrong_tests} of ` +
    `${figures.tests} verdicts), ${figures.refused} refused (${share} %), ${figures.failures} failed`
  );
}

export function walksText(figures: WalkFigures): string {
  return (
    `${figures.schemas} schemas: ${figures.refused} refused, ${figures.over_budget} without a document in the budget; ` +
    `${figures.walks} walks: ${figures.finished} finished, ${figures.valid} of them valid`
  );
}
