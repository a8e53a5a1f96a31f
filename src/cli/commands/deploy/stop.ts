import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { toggle } from "../../config/setting.js";
import { modalAppSettings, openModal } from "../../modal.js";

export const command = defineCommand({
  settings: {
    ...modalAppSettings,
    yes: toggle({ flag: "-y, --yes", description: "do not ask", fallback: false }),
  },
  examples: [
    ["stop", "asks, then ends the app and its containers"],
    ["stop --yes --app other", "another app, without asking"],
  ],
  notes:
    "A stopped app cannot be started again, only deployed again. Weights and compiled kernels stay in their volumes.",
  async run({ values, terminal, signal }) {
    const { stopApp } = await import("../../../deploy/index.js");
    const app = values["modal.app"];
    if (!values.yes && !(await isConfirmed(app, signal))) {
      terminal.stderr.write("Nothing was stopped.\n");
      return undefined;
    }
    await stopApp(await openModal(values, terminal, signal), app);
    terminal.stdout.write(`${app} is stopped. \`formwork deploy modal\` deploys it again.\n`);
    return undefined;
  },
});

/** Asks on the terminal. Throws `FormworkError("wrong_usage")` if it is not interactive. */
async function isConfirmed(app: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new FormworkError(
      "wrong_usage",
      `Stopping ${app} ends its requests. Pass --yes to do it without being asked.`,
    );
  }
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Stop ${app} and end its containers? Type yes: `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
