import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Comparison } from "../baseline/compare.js";
import { renderMarkdown } from "../report/markdown.js";
import { renderPage } from "../report/page.js";
import type { Results } from "../results.js";
import type { Target } from "../target.js";
import { collectResults, type ResultsHead } from "./collect.js";
import { Journal } from "./journal.js";
import { fingerprintOf, type Plan } from "./plan.js";
import { type RunOptions, runPlan } from "./runner.js";

export interface SessionOptions extends Omit<RunOptions, "journal" | "plan" | "targets"> {
  plan: Plan;
  targets: readonly Target[];
  head: ResultsHead;
  /** Folder of the journal and the reports. */
  folder: string;
  /** Whether to resume the run in `folder`. */
  resume?: boolean;
  dollarsPerHour?: number;
}

/** Measures a plan, or the rest of one, and returns the content of its journal. Closes no targets. */
export async function runSession(options: SessionOptions): Promise<Results> {
  const { plan, head, folder, resume = false, dollarsPerHour } = options;
  const journal = openJournal(folder, plan, resume);
  const complete = await runPlan({ ...options, journal });
  return collectResults(journal, head, complete, dollarsPerHour);
}

export function openJournal(folder: string, plan: Plan, resume: boolean): Journal {
  const fingerprint = fingerprintOf(plan);
  if (resume) return Journal.resume(folder, fingerprint);
  return Journal.create(folder, { fingerprint, title: plan.title, created: new Date().toISOString() });
}

export interface ReportFiles {
  results: string;
  page: string;
  markdown: string;
}

/** Writes `results.json`, `report.html` and `summary.md` into a folder. */
export async function writeReports(
  folder: string,
  results: Results,
  comparison?: Comparison,
): Promise<ReportFiles> {
  await mkdir(folder, { recursive: true });
  const files = {
    results: join(folder, "results.json"),
    page: join(folder, "report.html"),
    markdown: join(folder, "summary.md"),
  };
  await writeFile(files.results, `${JSON.stringify(results)}\n`);
  await writeFile(files.page, renderPage([results], comparison));
  await writeFile(files.markdown, renderMarkdown(results, comparison));
  return files;
}
