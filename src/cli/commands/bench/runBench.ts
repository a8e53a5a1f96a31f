import { join, resolve } from "node:path";
import type { Comparison, Results, ResultsHead, validateText } from "../../../bench/index.js";
import { EXIT } from "../../exit.js";
import { ProgressLine } from "../../terminal/progress.js";
import type { Terminal } from "../../terminal/terminal.js";
import { type BenchValues, samplingOf } from "./benchSettings.js";

/** `--out`, or `results/tasks-2026-01-31T12-00-00` in the working folder. */
export function outputFolder(values: BenchValues, terminal: Terminal, name: string): string {
  const named = values["bench.out"];
  if (named !== undefined) return resolve(terminal.workingFolder, named);
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return join(terminal.workingFolder, "results", `${name}-${time}`);
}

/** The command line as typed, for the report. */
function commandLine(): string {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w./:=,@%+*-]+$/.test(word) ? word : JSON.stringify(word)));
  return ["formwork", ...words].join(" ");
}

/** A progress bar on a terminal's stderr. */
export function progressBar(terminal: Terminal): {
  update(progress: { done: number; total: number; label: string }): void;
  clear(): void;
} {
  const line = new ProgressLine(terminal);
  return {
    update: ({ done, total, label }) =>
      total === 0 ? line.update(`${done} ${label}`) : line.update(`${done}/${total} ${label}`, done / total),
    clear: () => line.clear(),
  };
}

/** What `runBench` hands to the code that measures. */
export interface MeasuredSession {
  head: ResultsHead;
  folder: string;
  validate: typeof validateText;
  onProgress: (progress: { done: number; total: number; label: string }) => void;
  signal: AbortSignal;
}

interface Measuring {
  /** Facts for the report, in addition to the sampling settings. */
  settings: Record<string, unknown>;
  /** Default: a new folder. */
  folder?: string;
  /** Closed at the end, also after an error. */
  open: readonly ({ close(): Promise<void> } | undefined)[];
}

/**
 * What every bench does besides measuring: progress, reports, the comparison with a baseline, the exit code. `kind` is the
 * bench's name.
 */
export async function runBench(
  kind: string,
  { values, terminal, signal }: { values: BenchValues; terminal: Terminal; signal: AbortSignal },
  { settings, folder = outputFolder(values, terminal, kind), open }: Measuring,
  measure: (session: MeasuredSession) => Promise<Results>,
): Promise<number> {
  const bar = progressBar(terminal);
  try {
    const { captureEnvironment, validateText } = await import("../../../bench/index.js");
    const results = await measure({
      head: {
        kind,
        command: commandLine(),
        settings: { ...settings, ...samplingOf(values) },
        environment: await captureEnvironment(),
      },
      folder,
      validate: validateText,
      onProgress: bar.update,
      signal,
    });
    bar.clear();
    return await finish(results, folder, values, terminal, signal);
  } finally {
    bar.clear();
    await Promise.all(open.map((one) => one?.close()));
  }
}

/**
 * Writes the reports, prints the figures, and returns the exit code: that of an interrupt, else 1 for a regression against
 * the baseline, else 0.
 */
async function finish(
  results: Results,
  folder: string,
  values: BenchValues,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { compareResults, readResults, renderText, toLine, writeReports } = await import(
    "../../../bench/index.js"
  );
  const thresholds = { time: values["bench.threshold"], rate: values["bench.rateThreshold"] };
  let comparison: Comparison | undefined;
  if (values["bench.baseline"] !== undefined) {
    const baseline = await readResults(resolve(terminal.workingFolder, values["bench.baseline"]));
    comparison = compareResults(baseline, results, thresholds);
  }
  const files = await writeReports(folder, results, comparison);
  const output = values.json ? terminal.stderr : terminal.stdout;
  output.write(renderText(results, comparison));
  terminal.stderr.write(`\nReport: ${files.page}\n`);
  if (values.json) {
    const against = comparison === undefined ? {} : { comparison };
    terminal.stdout.write(`${JSON.stringify({ ...toLine(results), ...against })}\n`);
  }
  if (signal.aborted) {
    return typeof signal.reason === "number" ? signal.reason : EXIT.interrupted;
  }
  return comparison !== undefined && comparison.regressions > 0 ? EXIT.failed : EXIT.done;
}
