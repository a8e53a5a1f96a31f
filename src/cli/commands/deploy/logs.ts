import { defineCommand } from "../../command.js";
import { integer, text, toggle } from "../../config/setting.js";
import { modalAppSettings, openModal } from "../../modal.js";

export const command = defineCommand({
  settings: {
    ...modalAppSettings,
    follow: toggle({ flag: "-f, --follow", description: "follow the log until Ctrl-C", fallback: false }),
    since: text({
      flag: "--since <time>",
      description: "start at this age or time: 30m, 2h, 1d, or ISO 8601",
    }),
    tail: integer({
      flag: "-n, --tail <count>",
      description: "only this many of the last lines",
      minimum: 1,
    }),
  },
  examples: [
    ["logs", "the last lines of the app's log"],
    ["logs --follow", "as they come"],
    ["logs --since 2h", "of the last two hours"],
  ],
  async run({ values, terminal, signal }) {
    const { appLogs } = await import("../../../deploy/index.js");
    const modal = await openModal(values, terminal, signal);
    const { follow, since, tail } = values;
    await appLogs(modal, values["modal.app"], { follow, since, tail, signal }, (line) =>
      terminal.stdout.write(`${line}\n`),
    );
    return undefined;
  },
});
