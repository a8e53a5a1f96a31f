import { defineCommand } from "../../command.js";
import { jsonToggle } from "../../config/setting.js";
import { modalAppSettings, openModal } from "../../modal.js";

export const command = defineCommand({
  settings: {
    ...modalAppSettings,
    json: jsonToggle(),
  },
  examples: [["secrets list", "names of the secrets on Modal"]],
  notes: "Values cannot be read back from Modal.",
  async run({ values, terminal, signal }) {
    const { listSecrets } = await import("../../../deploy/index.js");
    const secrets = await listSecrets(await openModal(values, terminal, signal));
    if (values.json) terminal.stdout.write(`${JSON.stringify(secrets)}\n`);
    else
      for (const { name, createdAt } of secrets)
        terminal.stdout.write(`${name}  ${createdAt ?? ""}`.trimEnd() + "\n");
    return undefined;
  },
});
