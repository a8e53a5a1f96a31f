import { defineCommand } from "../../command.js";
import { toggle } from "../../config/setting.js";
import { benchSettings, samplingOf } from "./benchSettings.js";
import { embeddedTarget, peerSettings, peerTarget } from "./benchTargets.js";
import { rawBatchesOf, rawDecodeOf } from "./rawDecode.js";
import { runBench } from "./runBench.js";

export const command = defineCommand({
  settings: {
    "bench.withPeer": toggle({
      flag: "--with-peer",
      description: "also measure node-llama-cpp, on the same shared libraries",
      off: "measure only Formwork",
      fallback: true,
    }),
    ...benchSettings,
  },
  examples: [
    ["bench decode", "milliseconds per token: bare loop, engine free and constrained, node-llama-cpp"],
    ["bench decode --runs 1 --no-with-peer --json", "only Formwork, as one line of JSON"],
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
