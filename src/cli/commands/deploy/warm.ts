import { defineCommand } from "../../command.js";
import { jsonToggle, number } from "../../config/setting.js";
import { modalAppSettings, openModal } from "../../modal.js";
import { remoteSettings } from "../../remote.js";
import { ProgressLine } from "../../terminal/progress.js";
import { stagesText } from "./stages.js";

export const command = defineCommand({
  settings: {
    ...modalAppSettings,
    ...remoteSettings,
    warmupTimeout: number({
      flag: "--timeout <seconds>",
      description: "how long to wait",
      minimum: 1,
      fallback: 1800,
    }),
    json: jsonToggle(),
  },
  examples: [
    ["warm", "starts a container of the deployed app and waits until it is ready"],
    ["warm --modal-key wk-... --modal-secret ws-...", "with a proxy token (formwork secrets token)"],
  ],
  notes: "The address is looked up on Modal; `formwork warmup URL` does the same for any server.",
  async run({ values, terminal, signal }) {
    const { describeApp } = await import("../../../deploy/index.js");
    const { createClient, waitUntilWarm } = await import("../../../client/index.js");
    const modal = await openModal(values, terminal, signal);
    const live = await describeApp(modal, values["modal.app"]);
    const began = Date.now() / 1000;
    const client = createClient({
      baseUrl: live.url,
      ...(live.healthUrl === null ? {} : { healthUrl: `${live.healthUrl}/health` }),
      ...{ apiKey: values.apiKey, modalKey: values.modalKey, modalSecret: values.modalSecret },
    });
    const line = new ProgressLine(terminal);
    try {
      const report = await waitUntilWarm(client, {
        timeoutMs: values.warmupTimeout * 1000,
        intervalMs: 2000,
        signal,
        onProgress: ({ stage, progress, elapsedMs }) =>
          line.update(`${stage}, ${Math.floor(elapsedMs / 1000)} s`, progress),
      });
      line.clear();
      // The container's own measurements, if this call started one.
      const { containers } = await describeApp(modal, values["modal.app"]);
      const { seconds, stages = {}, ended = 0 } = containers["last cold start"] ?? {};
      const coldStart = seconds !== undefined && ended >= began ? { seconds, stages } : undefined;
      const text = values.json
        ? JSON.stringify({ warm: true, url: live.url, ...report, coldStart })
        : `${live.url} is warm after ${(report.elapsedMs / 1000).toFixed(1)} s, model ${report.model}` +
          (coldStart === undefined ? "" : `\ncold start ${stagesText(stages, seconds)}`);
      terminal.stdout.write(`${text}\n`);
      return undefined;
    } finally {
      line.clear();
    }
  },
});
