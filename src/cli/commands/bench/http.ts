import type { Target } from "../../../bench/index.js";
import { defineCommand } from "../../command.js";
import { integer, number } from "../../config/setting.js";
import { openClient, remoteSettings } from "../../remote.js";
import { concurrencyLevels, levelsOf, loadSettings, peerSetting, samplingOf } from "./benchSettings.js";
import { PEERS, peerSettings, peerTarget } from "./benchTargets.js";
import { serverMemory, serverSetting, startOwnServer } from "./ownServer.js";
import { runBench } from "./runBench.js";

export const command = defineCommand({
  settings: {
    ...serverSetting,
    ...concurrencyLevels,
    "bench.duration": number({
      flag: "--duration <seconds>",
      description: "time per side and level",
      minimum: 1,
      fallback: 30,
    }),
    "bench.slices": integer({
      flag: "--slices <count>",
      description: "slices into which --duration is divided; the sides alternate",
      minimum: 1,
      fallback: 3,
    }),
    ...peerSetting(PEERS),
    ...loadSettings,
    ...remoteSettings,
  },
  examples: [
    ["bench http --concurrency 1,8,20 --duration 30", "this build's server, streamed and whole answers"],
    ["bench http --concurrency 8 --peer llama-server", "against llama-server with the same number of slots"],
  ],
  async run({ values, terminal, signal }) {
    const { bareExchanges, benchHttp, UrlTarget } = await import("../../../bench/index.js");
    const streams = levelsOf(values["bench.concurrency"]);
    const all = { ...values, "bench.runs": 1 };
    const parallel = values.parallel ?? Math.max(...streams);
    const shared = await peerSettings(all, terminal, parallel);
    const peers = await Promise.all(values["bench.peer"].map((peer) => peerTarget(peer, shared)));
    const server =
      values["bench.server"] === undefined ? await startOwnServer(shared, values, signal) : undefined;
    const url = server?.url ?? values["bench.server"] ?? "";
    const client = await openClient(url, values);
    const ours = [
      new UrlTarget("formwork streamed", client),
      new UrlTarget("formwork whole", client, "whole"),
    ];
    const targets: Target[] = [...ours, ...peers];
    const seconds = values["bench.duration"];
    return await runBench(
      "http",
      { values: all, terminal, signal },
      { settings: { seconds, threads: shared.threads }, open: [...targets, server] },
      (session) =>
        benchHttp({
          ...session,
          ours: ours.map((target) => target.name),
          targets,
          memory: async () => (await serverMemory(url))?.engine,
          bareExchanges: (level) => bareExchanges((address) => openClient(address, values), level, signal),
          plan: {
            streams,
            durationMs: seconds * 1000,
            slices: values["bench.slices"],
            sampling: samplingOf(all),
          },
        }),
    );
  },
});
