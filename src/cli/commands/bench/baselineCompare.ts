import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Results } from "../../../bench/index.js";
import { defineCommand } from "../../command.js";
import { jsonToggle, text } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import type { Terminal } from "../../terminal/terminal.js";
import { baselineFolder, baselineSettings } from "./baseline.js";
import { thresholdSettings } from "./benchSettings.js";

export const command = defineCommand({
  operands: [
    { name: "before", description: "a baseline's name, or a results.json" },
    { name: "after", description: "a baseline's name, or a results.json" },
  ],
  settings: {
    ...baselineSettings,
    ...thresholdSettings,
    "bench.page": text({
      flag: "--out <file>",
      description: "write the comparison as a page too",
      isPath: true,
    }),
    json: jsonToggle(),
  },
  examples: [["bench baseline compare main results/tasks-*/results.json", "exit code 1 after a regression"]],
  async run({ values, operands: [before, after], terminal }) {
    const bench = await import("../../../bench/index.js");
    const folder = baselineFolder(values, terminal);
    const [then, now] = [await find(before, folder, terminal), await find(after, folder, terminal)];
    const thresholds = { time: values["bench.threshold"], rate: values["bench.rateThreshold"] };
    const comparison = bench.compareResults(then, now, thresholds);
    const page = values["bench.page"];
    if (page !== undefined) {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(resolve(terminal.workingFolder, page), bench.renderPage([now], comparison));
    }
    if (values.json) terminal.stdout.write(`${JSON.stringify(comparison)}\n`);
    else terminal.stdout.write(bench.renderText(now, comparison));
    return comparison.regressions > 0 ? EXIT.failed : EXIT.done;
  },
});

async function find(nameOrFile: string, folder: string, terminal: Terminal): Promise<Results> {
  const { readBaseline, readResults } = await import("../../../bench/index.js");
  const path = resolve(terminal.workingFolder, nameOrFile);
  return existsSync(path) ? readResults(path) : readBaseline(folder, nameOrFile);
}
