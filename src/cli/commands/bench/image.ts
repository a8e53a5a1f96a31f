import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { choice, jsonToggle, list, text } from "../../config/setting.js";
import { ProgressLine } from "../../terminal/progress.js";
import { runsSetting } from "./benchSettings.js";

export const command = defineCommand({
  settings: {
    "bench.set": choice({
      flag: "--set <name>",
      description:
        "small: without PyTorch, CUDA and kernels; full: the whole vLLM image, about 8 GB on disk per side",
      choices: ["small", "full"],
      fallback: "small",
    }),
    ...runsSetting("installs per side (default: 3 of the small set, 1 of the full one)"),
    "bench.sides": list({
      flag: "--side <name>",
      description: "pip, pip-constrained, pip-lock, uv or uv-bytecode; may be repeated (default: pip and uv)",
    }),
    python: text({
      flag: "--python <path>",
      description: "Python 3.12 to install into (default: the one found)",
      isPath: true,
    }),
    json: jsonToggle(),
  },
  examples: [
    ["bench image", "a few minutes: the small set, three times each"],
    ["bench image --set full --json", "the full set, as one line of JSON"],
  ],
  notes:
    "Installs the image's Python requirements with pip and uv, alternately, each time into a new environment from\n" +
    "empty caches. pip resolves the requirements; uv installs the lock file that comes with Formwork.\n" +
    "pip-constrained uses the lock as constraints, pip-lock installs it. pip always compiles to bytecode;\n" +
    "uv-bytecode does so too, like the generated image. Times depend on the network and the number of cores.",
  async run({ values, terminal, signal }) {
    const { benchImage, imageText, REQUIREMENT_SETS, SIDES } = await import(
      "../../../bench/benches/image/index.js"
    );
    const { cacheFolder } = await import("../../../system/index.js");
    const line = new ProgressLine(terminal);
    const sides = values["bench.sides"].map((name) => {
      const side = SIDES.find((one) => one === name.replace("-", ", "));
      if (side === undefined)
        throw new FormworkError(
          "wrong_usage",
          `--side must be one of ${SIDES.map((one) => one.replace(", ", "-")).join(", ")}, not ${name}.`,
        );
      return side;
    });
    try {
      const result = await benchImage({
        set: REQUIREMENT_SETS[values["bench.set"]],
        runs: values["bench.runs"],
        ...(sides.length === 0 ? {} : { sides }),
        python: values.python,
        cacheFolder: cacheFolder(terminal.environment),
        signal,
        onProgress: (text) => line.update(text),
      });
      line.clear();
      terminal.stdout.write(`${values.json ? JSON.stringify(result) : imageText(result)}\n`);
      return undefined;
    } finally {
      line.clear();
    }
  },
});
