import { defineCommand } from "../../command.js";
import { openClient, remoteSettings } from "../../remote.js";
import { concurrencySetting, loadSettings, oneLevel, requestsSetting, samplingOf } from "./benchSettings.js";
import { peerSettings } from "./benchTargets.js";
import { serverMemory, serverSetting, startOwnServer } from "./ownServer.js";
import { runBench } from "./runBench.js";

export const command = defineCommand({
  settings: {
    ...serverSetting,
    ...requestsSetting(10_000),
    ...concurrencySetting(8),
    ...loadSettings,
    ...remoteSettings,
  },
  examples: [
    ["bench memory", "10,000 short requests; memory after 1,000, 5,000 and all of them"],
    ["bench memory --requests 2000 --json", "fewer, as one line of JSON"],
  ],
  notes:
    "Each request has a different prompt, one of 400 schemas and a short answer, which the validator checks.\n" +
    "The engine's memory includes the mapped part of the model file.",
  async run({ values, terminal, signal }) {
    const { benchMemory, UrlTarget } = await import("../../../bench/index.js");
    const all = { ...values, "bench.runs": 1 };
    const requests = values["bench.requests"];
    const streams = oneLevel(values["bench.concurrency"]);
    const shared = await peerSettings(all, terminal, values.parallel ?? streams);
    const server =
      values["bench.server"] === undefined ? await startOwnServer(shared, values, signal) : undefined;
    const url = server?.url ?? values["bench.server"] ?? "";
    const target = new UrlTarget("formwork", await openClient(url, values), "whole");
    return await runBench(
      "memory",
      { values: all, terminal, signal },
      { settings: { requests, threads: shared.threads }, open: [target, server] },
      (session) =>
        benchMemory({
          ...session,
          target,
          requests,
          streams,
          readMemory: () => serverMemory(url),
          sampling: samplingOf(all),
        }),
    );
  },
});
