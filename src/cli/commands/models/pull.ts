import { defineCommand } from "../../command.js";
import { cacheSettings, megabytes, modelEnvironment, showDownload } from "../../models.js";
import { ProgressLine } from "../../terminal/progress.js";

export const command = defineCommand({
  operands: [
    { name: "model", description: "name of a known model (default: the default model)", required: false },
  ],
  settings: cacheSettings,
  examples: [
    ["models pull", "downloads the default model unless it is present, and verifies it"],
    ["models pull qwen2.5-1.5b-instruct-q4_k_m", "another one"],
  ],
  async run({ operands: [name], values, terminal, signal }) {
    const { DEFAULT_MODEL, pullModel } = await import("../../../models/index.js");
    const id = name ?? DEFAULT_MODEL;
    const line = new ProgressLine(terminal);
    try {
      const { path, bytes, from } = await pullModel(id, {
        signal,
        environment: modelEnvironment(terminal, values.cache),
        onProgress: (progress) => showDownload(line, id, progress),
      });
      line.clear();
      terminal.stdout.write(
        `${id}, ${megabytes(bytes)}, ${from === "cache" ? "was there" : "fetched"}: ${path}\n`,
      );
      return undefined;
    } finally {
      line.clear();
    }
  },
});
