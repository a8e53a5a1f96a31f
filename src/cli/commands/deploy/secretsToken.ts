import { defineCommand } from "../../command.js";
import { jsonToggle } from "../../config/setting.js";
import { modalAppSettings, openModal } from "../../modal.js";

export const command = defineCommand({
  settings: {
    ...modalAppSettings,
    json: jsonToggle(),
  },
  examples: [["secrets token", "makes a pair that callers of the deployed app send"]],
  notes: "The secret is shown only once.",
  async run({ values, terminal, signal }) {
    const { createProxyToken } = await import("../../../deploy/index.js");
    const { key, secret } = await createProxyToken(await openModal(values, terminal, signal));
    terminal.stdout.write(
      values.json
        ? `${JSON.stringify({ modalKey: key, modalSecret: secret })}\n`
        : `export FORMWORK_MODAL_KEY=${key}\nexport FORMWORK_MODAL_SECRET=${secret}\n`,
    );
    return undefined;
  },
});
