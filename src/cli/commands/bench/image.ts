import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { choice, integer, jsonToggle, list, text } from "../../config/setting.js";
import { ProgressLine } from "../../terminal/progress.js";

export const command = defineCommand({
  settings: {
    "bench.set": choice({
      flag: "--set <name>",
      description: "small: without PyTorch, CUDA and kernels; full: the whole vLLM image, about 6 GB a side",
      choices: ["small", "full"],
      fallback: "small",
    }),
    "bench.installs": integer({
      flag: "--runs <count>",
      description: "installs per side; by default 3 of the small set, 1 of the full one",
      minimum: 1,
    }),
    "bench.sides": list({
      flag: "--side <name>",
      description: "only these: pip, pip-constrained, pip-lock, uv, uv-bytecode; may be repeated",
    }),
    python: text({
      flag: "--python <path>",
      description: "the Python 3.12 to install into; found if left out",
      isPath: true,
    }),
    json: jsonToggle(),
  },
  examples: [
    ["bench image", "a few minutes: the small set, three times each"],
    ["bench image --set full --json", "the whole set, as one line"],
  ],
  notes:
    "Installs the image's Python requirements with pip and with uv, in turns, each time into a new environment\n" +
    "and from empty caches. pip resolves the requirements as they are written down; uv installs the lock that\n" +
    "comes with Formwork. pip-constrained and pip-lock give pip the lock as a bound, or to install. pip always\n" +
    "compiles to bytecode, uv only where asked: the side uv-bytecode does, as the generated image does.\n" +
    "Times depend on the network and on the number of cores.",
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
          `--side has ${SIDES.map((one) => one.replace(", ", "-")).join(", ")}, not ${name}.`,
        );
      return side;
    });
    try {
      const result = await benchImage({
        set: REQUIREMENT_SETS[values["bench.set"]],
        runs: values["bench.installs"],
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
