import type { AppStatus } from "../../../deploy/index.js";
import { defineCommand } from "../../command.js";
import { jsonToggle } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import { MODAL_APP_KEYS, modalOptions, modalSettingsFlags, openModal } from "../../modal.js";
import { stagesText } from "./stages.js";

export const command = defineCommand({
  settings: {
    ...modalSettingsFlags,
    json: jsonToggle(),
  },
  // The others only matter for the price of an app without a record of its settings.
  shown: [...MODAL_APP_KEYS, "json"],
  examples: [
    ["status", "containers, addresses, last deployment and last cold start of the app"],
    ["status --app other --json", "of another app, for a program"],
  ],
  notes: "Asking wakes nothing. Exits with 1 if the app is not deployed.",
  async run({ values, terminal, signal }) {
    const { appStatus, costOf, deployedSettings, modalSettings } = await import("../../../deploy/index.js");
    const settings = modalSettings(modalOptions(values));
    const modal = await openModal(values, terminal, signal);
    const status = await appStatus(modal, settings.app);
    const { deployed } = status;
    const cost = costOf(
      deployed === undefined ? settings : deployedSettings(deployed),
      4,
      status.lastColdStart?.seconds ?? 90,
    );
    if (values.json) {
      terminal.stdout.write(`${JSON.stringify({ ...status, cost })}\n`);
    } else {
      // Containers of the health function cost next to nothing, and report nothing.
      const hourly =
        cost.perContainerHour * status.containers.filter((one) => one.state !== undefined).length;
      terminal.stdout.write(
        `${describe(status)}cost         about $${hourly.toFixed(2)} an hour now, $${cost.perContainerHour.toFixed(2)} ` +
          `for each container on ${deployed?.gpus[0] ?? settings.gpus[0]!.spelling} (GPU prices of ${cost.pricesOf})\n` +
          (deployed === undefined
            ? "             by the settings here: this app was deployed by a Formwork that kept no record\n"
            : ""),
      );
    }
    return status.state === "deployed" ? EXIT.done : EXIT.failed;
  },
});

function describe(status: AppStatus): string {
  const { containers, deployment, lastColdStart, autoscaler } = status;
  const lines = [`app          ${status.app}, ${status.state}`];
  if (status.url !== undefined) lines.push(`service      ${status.url}`);
  if (status.healthUrl !== undefined) lines.push(`health       ${status.healthUrl}/health`);
  lines.push(
    `containers   ${containers.length === 0 ? "none: the next request starts one" : containers.length}`,
  );
  for (const { id, since, state, stage } of containers) {
    const doing = stage === undefined ? "" : ` (${stage})`;
    // Containers of the health function and of downloads report nothing.
    lines.push(
      `             ${id} since ${since}${state === undefined ? ", no GPU server" : `, ${state}${doing}`}`,
    );
  }
  if (status.deployed !== undefined) {
    const { model, engine, gpus, formwork } = status.deployed;
    lines.push(`model        ${model}, ${engine}, on ${gpus.join(" or ")}, Formwork ${formwork}`);
  }
  if (lastColdStart !== undefined) {
    lines.push(
      `cold start   ${stagesText(lastColdStart.stages ?? {}, lastColdStart.seconds)}, ended ${lastColdStart.ended}`,
    );
  }
  if (deployment !== undefined) {
    lines.push(
      `deployment   ${deployment.version}, ${deployment.at}${deployment.by === "" ? "" : ` by ${deployment.by}`}`,
    );
  }
  const scaling = Object.entries(autoscaler ?? {}).filter(([, value]) => value !== null);
  if (scaling.length > 0)
    lines.push(`autoscaler   ${scaling.map(([name, value]) => `${name} ${value}`).join(", ")}`);
  return `${lines.join("\n")}\n`;
}
