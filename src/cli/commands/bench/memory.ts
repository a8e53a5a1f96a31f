import { defineCommand } from "../../command.js";
import { integer } from "../../config/setting.js";
import { openClient, remoteSettings } from "../../remote.js";
import { serverMemory, serverSetting, startOwnServer } from "./server.js";
import { benchSettings, peerSettings, runBench, samplingOf } from "./shared.js";

const { "bench.runs": _runs, ...loadSettings } = benchSettings;

export const command = defineCommand({
  settings: {
    ...serverSetting,
    "bench.requests": integer({
      flag: "--requests <count>",
      description: "short requests in all",
      minimum: 1,
      fallback: 10_000,
    }),
    "bench.inFlight": integer({
      flag: "--in-flight <count>",
      description: "requests in flight at once",
      minimum: 1,
      fallback: 8,
    }),
    ...loadSettings,
    ...remoteSettings,
  },
  examples: [
    ["bench memory", "10,000 short requests; memory after 1,000, 5,000 and all of them"],
    ["bench memory --requests 2000 --json", "fewer, as one line of JSON"],
  ],
  notes:
    "Each request has a prompt of its own, one of 400 schemas and an answer of a few tokens; every answer is\n" +
    "checked by the validator. The engine's memory includes the mapped part of the model file.",
  async run({ values, terminal, signal }) {
    const { benchMemory, UrlTarget } = await import("../../../bench/index.js");
    const all = { ...values, "bench.runs": 1 };
    const requests = values["bench.requests"];
    const streams = values["bench.inFlight"];
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
