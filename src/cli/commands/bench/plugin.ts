import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { integer, jsonToggle, text } from "../../config/setting.js";

export const command = defineCommand({
  settings: {
    "bench.python": text({
      flag: "--python <program>",
      description: "the Python of an environment that has vLLM",
      isPath: true,
    }),
    "bench.modelFolder": text({
      flag: "--model-folder <folder>",
      description: "a model in Hugging Face's layout; its weights are not read",
      isPath: true,
    }),
    "bench.batches": text({
      flag: "--batches <sizes>",
      description: "batch sizes, separated by commas",
      fallback: "1,8,32",
    }),
    "bench.rounds": integer({
      flag: "--rounds <count>",
      description: "rounds per backend",
      minimum: 1,
      fallback: 5,
    }),
    "bench.kills": integer({
      flag: "--kills <count>",
      description: "times to kill the constraint engine under load afterwards",
      minimum: 0,
      fallback: 0,
    }),
    json: jsonToggle(),
  },
  examples: [
    [
      "bench plugin --python .venv/bin/python --model-folder ./smollm2",
      "what a step's masks cost inside vLLM's own classes, beside xgrammar",
    ],
  ],
  notes:
    "A scheduler that samples at random stands in for the model, so no GPU is needed. Also measured: the longest\n" +
    "wait of four running requests while a new schema of 50 KB comes in.",
  async run({ values, terminal, signal }) {
    const { runCommand } = await import("../../../system/index.js");
    const { "bench.python": python, "bench.modelFolder": model } = values;
    if (python === undefined || model === undefined) {
      throw new FormworkError("wrong_usage", "--python and --model-folder are both needed.");
    }
    const folder = fileURLToPath(new URL("../../../../python", import.meta.url));
    const { status, stdout, stderr } = await runCommand(
      [
        resolve(terminal.workingFolder, python),
        `${folder}/bench/vllm_steps.py`,
        resolve(terminal.workingFolder, model),
        ...["--batches", values["bench.batches"], "--rounds", String(values["bench.rounds"])],
        ...["--kills", String(values["bench.kills"])],
      ],
      { environment: { ...terminal.environment, PYTHONPATH: folder, HF_HUB_OFFLINE: "1" }, signal },
    );
    if (status !== 0) throw new FormworkError("internal", `The bench failed:\n${stderr.slice(-2000)}`);
    const line = stdout.trim().split("\n").at(-1) ?? "";
    terminal.stdout.write(values.json ? `${line}\n` : tableOf(JSON.parse(line) as Figures));
    return undefined;
  },
});

interface Figures {
  /** By the requests in a step, and when its masks are wanted once its tokens are known. */
  steps: Record<string, Record<string, { median_ms: number; p99_ms: number; tokens_ms: number }>>;
  longest_gap_ms: { alone: number; beside_a_new_schema: number };
  kills?: Record<string, number>;
}

function tableOf({ steps, longest_gap_ms: gap, kills }: Figures): string {
  const rows = Object.entries(steps).flatMap(([batch, backends]) =>
    Object.entries(backends).map(
      ([name, { median_ms, p99_ms, tokens_ms }]) =>
        `| ${batch} | ${name} | ${median_ms} | ${p99_ms} | ${tokens_ms} |`,
    ),
  );
  return [
    "| requests, masks wanted | backend | masks of a step, median ms | p99 ms | taking the tokens, median ms |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    `Longest masks of four requests: ${gap.alone} ms alone, ${gap.beside_a_new_schema} ms beside a new schema of 50 KB.`,
    ...(kills === undefined
      ? []
      : [
          `Killed ${kills.kills} times: ${kills.documents} documents, ${kills.invalid} invalid, ${kills.failed} failed.`,
        ]),
    "",
  ].join("\n");
}
