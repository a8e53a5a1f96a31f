import { defineCommand } from "../../command.js";
import { jsonToggle } from "../../config/setting.js";
import { baselineFolder, baselineSettings } from "./baseline.js";

export const command = defineCommand({
  settings: {
    ...baselineSettings,
    json: jsonToggle(),
  },
  examples: [["bench baseline list", "the baselines in ./baselines"]],
  async run({ values, terminal }) {
    const { aligned, listBaselines } = await import("../../../bench/index.js");
    const entries = await listBaselines(baselineFolder(values, terminal));
    if (values.json) {
      terminal.stdout.write(`${JSON.stringify(entries)}\n`);
      return undefined;
    }
    const rows = entries.map((one) => [
      one.name,
      one.title,
      one.created.slice(0, 16).replace("T", " "),
      one.revision ?? "",
      one.targets.join(", "),
      String(one.samples),
    ]);
    const head = ["name", "measured", "when", "revision", "targets", "answers"];
    terminal.stdout.write(rows.length === 0 ? "No baselines yet.\n" : `${aligned({ head, rows })}\n`);
    return undefined;
  },
});
