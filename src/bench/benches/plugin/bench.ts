import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { FormworkError } from "../../../errors.js";
import { runCommand } from "../../../system/index.js";

/** How masks are measured in the classes of vLLM or SGLang. */
export interface PluginBenchOptions {
  /** The Python of an environment that has vLLM or SGLang. */
  python: string;
  /** A model in Hugging Face's layout; its weights are not read. */
  modelFolder: string;
  /** Batch sizes, separated by commas. */
  batches: string;
  /** Runs per backend. */
  runs: number;
  /** Times to kill the constraint engine under load afterwards. */
  kills: number;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

interface StepFigures {
  median_ms: number;
  p99_ms: number;
  tokens_ms: number;
  /** Mean time of masks and tokens as a share of the mean step. */
  share: number;
}

/** What `steps.py` prints. */
export interface PluginFigures {
  /** Name and version. */
  engine: string;
  /** By the requests in a step, and when its masks are needed after its tokens are known. */
  steps: Record<string, Record<string, StepFigures>>;
  /** Milliseconds of the simulated forward pass, which is all of a step without a schema. */
  pass_ms: number;
  longest_gap_ms: { alone: number; beside_a_new_schema: number };
  kills?: Record<string, number>;
}

const SCRIPT = fileURLToPath(new URL("./steps.py", import.meta.url));
/** The package's Python modules, in a checkout and in the installed package. */
const MODULES = fileURLToPath(new URL("../../../../python", import.meta.url));

/** Measures the masks of a step, Formwork and xgrammar alternately. Throws `internal` with the script's error output. */
export async function benchPlugin(options: PluginBenchOptions): Promise<PluginFigures> {
  const { python, modelFolder, batches, runs, kills, environment, signal } = options;
  const modulePath = [MODULES, environment.PYTHONPATH].filter((path) => path !== undefined).join(delimiter);
  const { status, stdout, stderr } = await runCommand(
    [
      ...[python, SCRIPT, modelFolder, "--batches", batches],
      ...["--runs", String(runs), "--kills", String(kills)],
    ],
    { environment: { ...environment, PYTHONPATH: modulePath, HF_HUB_OFFLINE: "1" }, signal },
  );
  if (status !== 0) throw new FormworkError("internal", `The bench failed:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as PluginFigures;
}

/** The figures as a table. */
export function pluginText({ engine, steps, pass_ms, longest_gap_ms: gap, kills }: PluginFigures): string {
  const rows = Object.entries(steps).flatMap(([batch, backends]) =>
    Object.entries(backends).map(
      ([name, { median_ms, p99_ms, tokens_ms, share }]) =>
        `| ${batch} | ${name} | ${median_ms} | ${p99_ms} | ${tokens_ms} | ${(100 * share).toFixed(1)} % |`,
    ),
  );
  return [
    `${engine}:`,
    "",
    "| requests, masks needed | backend | masks of a step, median ms | p99 ms | accepting the tokens, median ms | mean share of a step |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    `The forward pass of a step takes ${pass_ms} ms; without a schema it is the whole step.`,
    `Longest gap of four requests: ${gap.alone} ms alone, ${gap.beside_a_new_schema} ms next to a new schema of 50 KB.`,
    ...(kills === undefined
      ? []
      : [
          `Killed ${kills.kills} times: ${kills.documents} documents, ${kills.invalid} invalid, ${kills.failed} failed.`,
        ]),
    "",
  ].join("\n");
}
