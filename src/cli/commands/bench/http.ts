import type { Target } from "../../../bench/index.js";
import { defineCommand } from "../../command.js";
import { integer, list, number } from "../../config/setting.js";
import { openClient, remoteSettings } from "../../remote.js";
import { serverMemory, serverSetting, startOwnServer } from "./server.js";
import { benchSettings, peerSetting, peerSettings, peerTarget, runBench, samplingOf } from "./shared.js";
import { levels } from "./tasks.js";

const { "bench.runs": _runs, ...loadSettings } = benchSettings;

export const command = defineCommand({
  settings: {
    ...serverSetting,
    "bench.streams": list({
      flag: "--streams <counts>",
      description: "requests in flight at once; several levels are measured one after the other",
      fallback: ["1"],
    }),
    "bench.duration": number({
      flag: "--duration <seconds>",
      description: "for each side and level",
      minimum: 1,
      fallback: 30,
    }),
    "bench.slices": integer({
      flag: "--slices <count>",
      description: "slices of this time per side, interleaved",
      minimum: 1,
      fallback: 3,
    }),
    "bench.peer": peerSetting,
    ...loadSettings,
    ...remoteSettings,
  },
  examples: [
    ["bench http --streams 1,8,20 --duration 30", "the server of this checkout, streamed and whole answers"],
    ["bench http --streams 8 --peer llama-server", "against llama-server with the same number of slots"],
  ],
  async run({ values, terminal, signal }) {
    const { bareExchanges, benchHttp, UrlTarget } = await import("../../../bench/index.js");
    const streams = levels("--streams", values["bench.streams"]);
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
          bareExchanges: () => bareExchanges((address) => openClient(address, values), signal),
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
