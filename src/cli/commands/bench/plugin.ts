import { resolve } from "node:path";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { integer, jsonToggle, text } from "../../config/setting.js";
import { runsSetting } from "./benchSettings.js";

export const command = defineCommand({
  settings: {
    "bench.python": text({
      flag: "--python <program>",
      description: "the Python of an environment with vLLM or SGLang",
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
    ...runsSetting("runs per backend", 5),
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
      "time for the masks of a step in the engine's own classes, compared with xgrammar",
    ],
  ],
  notes:
    "Random sampling replaces the model, so no GPU is needed. Also measured: the longest wait of four running\n" +
    "requests while a new schema of 50 KB is compiled.",
  async run({ values, terminal, signal }) {
    const { benchPlugin, pluginText } = await import("../../../bench/index.js");
    const { "bench.python": python, "bench.modelFolder": modelFolder } = values;
    if (python === undefined || modelFolder === undefined) {
      throw new FormworkError("wrong_usage", "--python and --model-folder are both required.");
    }
    const figures = await benchPlugin({
      python: resolve(terminal.workingFolder, python),
      modelFolder: resolve(terminal.workingFolder, modelFolder),
      batches: values["bench.batches"],
      runs: values["bench.runs"],
      kills: values["bench.kills"],
      environment: terminal.environment,
      signal,
    });
    terminal.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : pluginText(figures));
    return undefined;
  },
});
