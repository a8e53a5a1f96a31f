import { defineCommand } from "../../command.js";
import { toggle } from "../../config/setting.js";
import { openClient, remoteSettings } from "../../remote.js";

export const command = defineCommand({
  operands: [{ name: "url", description: "the server's URL, such as http://127.0.0.1:8080" }],
  settings: {
    ...remoteSettings,
    json: toggle({ flag: "--json", description: "print the server's answer as it is", fallback: false }),
  },
  examples: [
    ["health http://127.0.0.1:8080", "says what the engine is doing; never loads a model"],
    ["health --json https://name--app.modal.run", "the same for programs"],
  ],
  async run({ operands: [url], values, terminal, signal }) {
    const client = await openClient(url, values);
    const health = await client.health({ signal });
    if (values.json) {
      terminal.stdout.write(`${JSON.stringify(health)}\n`);
      return undefined;
    }
    const progress = health.progress === undefined ? "" : ` ${Math.floor(health.progress * 100)} %`;
    const stage = health.stage === undefined ? "" : ` (${health.stage}${progress})`;
    const reason = health.error === undefined ? "" : `: ${health.error}`;
    terminal.stdout.write(
      `${health.status}, engine ${health.engine}${stage}${reason}, model ${health.model}, version ${health.version}\n`,
    );
    return undefined;
  },
});
