import { join, resolve } from "node:path";
import type {
  Comparison,
  PeerSettings,
  Results,
  ResultsHead,
  Target,
  validateText,
} from "../../../bench/index.js";
import { FormworkError } from "../../../errors.js";
import { integer, list, number, text, toggle, type ValuesOf } from "../../config/setting.js";
import { engineOptions, engineSettings, openEngine } from "../../engine.js";
import { EXIT } from "../../exit.js";
import { modelEnvironment, showDownload } from "../../models.js";
import { ProgressLine } from "../../terminal/progress.js";
import type { Terminal } from "../../terminal/terminal.js";

/** What the engine of a bench is set up with; which engine it is, each bench says itself. */
const { engine: _engine, engineKey, schemaInPrompt: _told, ...modelSettings } = engineSettings;

/** How much worse than a baseline counts as a regression. */
export const thresholdSettings = {
  "bench.threshold": number({
    flag: "--threshold <share>",
    description: "allowed growth of a time, as a fraction (0.1 is 10 %)",
    minimum: 0,
    fallback: 0.1,
  }),
  "bench.rateThreshold": number({
    flag: "--rate-threshold <share>",
    description: "allowed drop of a rate, as a fraction (0.02 is 2 points)",
    minimum: 0,
    fallback: 0.02,
  }),
};

/** Flags that all measuring benches share. */
export const benchSettings = {
  "bench.runs": integer({
    flag: "--runs <count>",
    description: "times each case is measured",
    minimum: 1,
    fallback: 3,
  }),
  temperature: number({
    flag: "--temperature <number>",
    description: "0 always takes the likeliest token",
    minimum: 0,
    maximum: 2,
    fallback: 0.3,
  }),
  topP: number({
    flag: "--top-p <share>",
    description: "sample from the likeliest tokens that have this share together",
    minimum: 0,
    maximum: 1,
    fallback: 0.95,
  }),
  seed: integer({
    flag: "--seed <number>",
    description: "seed of the first run; each further run adds 1",
    fallback: 1,
  }),
  "bench.out": text({
    flag: "--out <folder>",
    description: "folder for journal, results and reports; results/NAME-TIME by default",
    isPath: true,
  }),
  "bench.baseline": text({
    flag: "--baseline <file>",
    description: "results to compare with; a regression ends with exit code 1",
    isPath: true,
  }),
  ...thresholdSettings,
  json: toggle({
    flag: "--json",
    description: "print one line with all figures at the end",
    fallback: false,
  }),
  ...modelSettings,
  engineKey,
};

export const peerSetting = list({
  flag: "--peer <name>",
  description: "llama-server or node-llama-cpp, fetched and started by the bench; may be repeated",
});

export type BenchValues = ValuesOf<typeof benchSettings>;

export type Sampling = { temperature: number; topP: number; seed: number };

export function samplingOf({ temperature, topP, seed }: BenchValues): Sampling {
  return { temperature, topP, seed };
}

/** An engine in this machine with exactly these settings, as a target called `name`. */
export async function embeddedTarget(
  name: string,
  values: BenchValues,
  terminal: Terminal,
  more: { parallel: number; modelPath?: string; schemaInPrompt?: boolean },
) {
  const { EngineTarget } = await import("../../../bench/index.js");
  const { createEngine } = await import("../../../engine/index.js");
  const environment = modelEnvironment(terminal, values.cache);
  if (environment["FORMWORK_CACHE"] !== undefined)
    process.env["FORMWORK_CACHE"] = environment["FORMWORK_CACHE"];
  const threads = await threadsOf(values);
  const parallel = values.parallel ?? more.parallel;
  return new EngineTarget({
    name,
    facts: { threads, parallel },
    create: () =>
      createEngine({
        ...engineOptions({ ...values, engine: "llama" }),
        ...(more.modelPath === undefined ? {} : { model: more.modelPath }),
        threads,
        maxSequences: parallel,
        schemaInPrompt: more.schemaInPrompt ?? true,
      }),
  });
}

/** A remote engine behind the engine's contract, as a target named after it. */
export async function remoteEngineTarget(engine: string, values: BenchValues): Promise<Target> {
  const { EngineTarget, VariantTarget } = await import("../../../bench/index.js");
  const opened = { ...values, engine, schemaInPrompt: true };
  const first = await openEngine(opened);
  // A variant of nothing: what runs elsewhere cannot be cooled from here.
  return new VariantTarget(engine, new EngineTarget({ name: engine, create: () => first }), {});
}

/** What both sides of a comparison run on. */
export async function peerSettings(
  values: BenchValues,
  terminal: Terminal,
  parallel: number,
): Promise<PeerSettings> {
  const { cacheFolder } = await import("../../../system/index.js");
  const { resolveModel } = await import("../../../models/index.js");
  const environment = modelEnvironment(terminal, values.cache);
  const line = new ProgressLine(terminal);
  try {
    const name = values.model;
    const { path } = await resolveModel(name, {
      environment,
      onProgress: (progress) => showDownload(line, name ?? "model", progress),
    });
    return {
      cacheFolder: cacheFolder(environment),
      modelPath: path,
      threads: await threadsOf(values),
      parallel,
      contextLength: values.contextLength ?? 2048,
      schemaInPrompt: false,
    };
  } finally {
    line.clear();
  }
}

export async function peerTarget(name: string, settings: PeerSettings): Promise<Target> {
  const { LlamaServerTarget, NodeLlamaTarget } = await import("../../../bench/index.js");
  if (name === "llama-server") return new LlamaServerTarget(settings);
  if (name === "node-llama-cpp") return new NodeLlamaTarget(settings);
  throw new FormworkError("wrong_usage", `--peer is llama-server or node-llama-cpp, not ${name}.`);
}

async function threadsOf(values: BenchValues): Promise<number> {
  const { detectThreads } = await import("../../../runtime/index.js");
  return values.threads ?? detectThreads();
}

/** `results/tasks-2026-01-31T12-00-00` under the working folder, unless a folder is named. */
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

/** What a bench passes on to the session that measures. */
export interface MeasuredSession {
  head: ResultsHead;
  folder: string;
  validate: typeof validateText;
  onProgress: (progress: { done: number; total: number; label: string }) => void;
  signal: AbortSignal;
}

interface Measuring {
  /** Facts for the report, beside those of sampling. */
  settings: Record<string, unknown>;
  /** Default: a new folder of this bench. */
  folder?: string;
  /** Closed at the end, whatever happens. */
  open: readonly ({ close(): Promise<void> } | undefined)[];
}

/**
 * What every measuring bench does around its measuring: progress, reports, the comparison with a baseline, the exit code.
 * `kind` is the bench's name.
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
 * Writes the reports, prints the figures, and returns the exit code: that of an interrupt, 1 for a regression
 * against the baseline, else 0.
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
  const told = values.json ? terminal.stderr : terminal.stdout;
  told.write(renderText(results, comparison));
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
