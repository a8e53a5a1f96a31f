import { defineCommand } from "../../command.js";
import { toggle } from "../../config/setting.js";
import { rawBatchesOf, rawDecodeOf } from "./raw.js";
import { benchSettings, embeddedTarget, peerSettings, peerTarget, runBench, samplingOf } from "./shared.js";

export const command = defineCommand({
  settings: {
    "bench.withPeer": toggle({
      flag: "--with-peer",
      description: "measure node-llama-cpp too, on the same shared libraries",
      off: "measure our side alone",
      fallback: true,
    }),
    ...benchSettings,
  },
  examples: [
    ["bench decode", "milliseconds a token: bare loop, engine free and constrained, node-llama-cpp"],
    ["bench decode --runs 1 --no-with-peer --json", "our side alone, as one line of JSON"],
  ],
  notes: "One stream, eight schemas from short to long and from key-heavy to free text.",
  async run({ values, terminal, signal }) {
    const { benchDecode } = await import("../../../bench/index.js");
    const shared = await peerSettings(values, terminal, 1);
    const { modelPath } = shared;
    const ours = await embeddedTarget("formwork", values, terminal, {
      parallel: 1,
      modelPath,
      schemaInPrompt: false,
    });
    const peer = values["bench.withPeer"] ? await peerTarget("node-llama-cpp", shared) : undefined;
    const runs = values["bench.runs"];
    return await runBench(
      "decode",
      { values, terminal, signal },
      { settings: { runs, threads: shared.threads }, open: [ours, peer] },
      (session) =>
        benchDecode({
          ...session,
          ours,
          peer,
          rawDecode: rawDecodeOf({ ...shared, weights: values.weights }),
          rawBatches: rawBatchesOf({ ...shared, weights: values.weights }),
          stepTimes: () => ours.stepTimes(),
          runs,
          sampling: samplingOf(values),
        }),
    );
  },
});
