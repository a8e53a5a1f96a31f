import { resolve } from "node:path";
import { defineCommand } from "../../command.js";
import { baselineFolder, baselineSettings } from "./baseline.js";

export const command = defineCommand({
  operands: [
    { name: "name", description: "name of the baseline" },
    { name: "results", description: "a results.json" },
  ],
  settings: baselineSettings,
  examples: [["bench baseline save main results/tasks-*/results.json", "keeps it as baselines/main.json"]],
  async run({ values, operands: [name, path], terminal }) {
    const { readResults, saveBaseline } = await import("../../../bench/index.js");
    const results = await readResults(resolve(terminal.workingFolder, path));
    terminal.stdout.write(`${await saveBaseline(baselineFolder(values, terminal), name, results)}\n`);
    return undefined;
  },
});
