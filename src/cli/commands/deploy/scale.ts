import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { MODAL_APP_KEYS, modalOptions, modalSettingsFlags, openModal } from "../../modal.js";

export const command = defineCommand({
  settings: modalSettingsFlags,
  // The others apply if a schedule deploys the app again.
  shown: [
    ...MODAL_APP_KEYS,
    ...["modal.minContainers", "modal.maxContainers", "modal.bufferContainers"],
    ...["modal.scaledownWindow", "modal.keepWarm", "modal.timeZone"],
  ],
  examples: [
    ["scale --min 1", "keeps a container warm from now on"],
    ["scale --min 0 --max 4", "scales to zero again, with at most four"],
    ['scale --min 1 --keep-warm "Mon-Fri 08:00-18:00"', "warm at these times only; deploys the app again"],
  ],
  notes:
    "--min, --max, --buffer and --scaledown change the running app at once and last until the next deployment;\n" +
    "values in formwork.config.json apply too. A schedule is part of the app: --keep-warm is written into\n" +
    "formwork.config.json, and the app is deployed again.",
  async run({ values, terminal, signal }) {
    const {
      autoscale,
      checkOnlySchedule,
      deployedSettings,
      deployToModal,
      describeApp,
      modalSettings,
      saveModalOptions,
    } = await import("../../../deploy/index.js");
    const options = modalOptions(values);
    const settings = modalSettings(options);
    const modal = await openModal(values, terminal, signal);
    if (options.keepWarm !== undefined) {
      await checkOnlySchedule(modal, terminal.workingFolder, options, (diff) => terminal.stderr.write(diff));
      const { keepWarm, timeZone, minContainers } = options;
      await saveModalOptions(terminal.workingFolder, { keepWarm, timeZone, minContainers });
      const report = await deployToModal({
        ...{
          settings,
          folder: terminal.workingFolder,
          choice: "regenerate",
          dryRun: false,
          download: false,
          signal,
        },
        modal: async () => modal,
        onEvent: (event) => {
          if (event.type === "diff") terminal.stderr.write(event.diff);
          if (event.type === "log") terminal.stderr.write(`  ${event.line}\n`);
        },
      });
      terminal.stdout.write(`${report.app} is kept warm ${keepWarm} (${settings.keepWarm!.timeZone}).\n`);
      return undefined;
    }
    const { minContainers, maxContainers, bufferContainers, scaledownWindow } = options;
    const change = { minContainers, maxContainers, bufferContainers, scaledownWindow };
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    if (given.length === 0) {
      throw new FormworkError(
        "wrong_usage",
        "Say what to change: --min, --max, --buffer, --scaledown or --keep-warm.",
      );
    }
    await autoscale(modal, settings.app, change);
    const { deployed } = await describeApp(modal, settings.app);
    const { gpus } = deployed === null ? settings : deployedSettings(deployed);
    const hourly = (gpus[0]!.dollarsPerHour * (minContainers ?? 0)).toFixed(2);
    terminal.stdout.write(
      `${settings.app}: ${given.map(([name, value]) => `${name} ${value}`).join(", ")}, until the next deployment.` +
        `${minContainers ? ` About $${hourly} an hour while nobody calls.` : ""}\n`,
    );
    return undefined;
  },
});
