import { fileURLToPath } from "node:url";
import { defineCommand } from "../../command.js";

export const command = defineCommand({
  settings: {},
  examples: [["plugin path", "prints the folder to put on PYTHONPATH"]],
  notes:
    "Engines that have the folder on PYTHONPATH find the plug-in by themselves:\n" +
    "  PYTHONPATH=$(formwork plugin path) vllm serve MODEL",
  async run({ terminal }) {
    const folder = fileURLToPath(new URL("../../../../python", import.meta.url));
    terminal.stdout.write(`${folder}\n`);
    return undefined;
  },
});
