import { defineCommand } from "../../command.js";
import { jsonToggle } from "../../config/setting.js";
import { cacheSettings, megabytes, modelEnvironment } from "../../models.js";

export const command = defineCommand({
  settings: {
    ...cacheSettings,
    json: jsonToggle(),
  },
  examples: [["models list", "names, sizes, licences and what is on this machine already"]],
  notes: "Any other GGUF file can be used by its path.",
  async run({ values, terminal }) {
    const { listModels } = await import("../../../models/index.js");
    const models = listModels(modelEnvironment(terminal, values.cache));
    if (values.json) {
      terminal.stdout.write(`${JSON.stringify(models)}\n`);
      return undefined;
    }
    const rows = models.map(({ id, bytes, licence, cachedPath, default: isDefault }) => [
      isDefault ? `${id} (default)` : id,
      bytes === undefined ? "size unknown" : megabytes(bytes),
      licence,
      cachedPath ?? "not fetched",
    ]);
    terminal.stdout.write(table(rows));
    return undefined;
  },
});

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
