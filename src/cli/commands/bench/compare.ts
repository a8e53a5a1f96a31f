import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { benchSettings, concurrencyLevels, levelsOf, peerSetting, samplingOf } from "./benchSettings.js";
import { embeddedTarget, PEERS, peerSettings, peerTarget } from "./benchTargets.js";
import { rawDecodeOf } from "./rawDecode.js";
import { runBench } from "./runBench.js";

export const command = defineCommand({
  settings: {
    ...peerSetting(PEERS),
    ...concurrencyLevels,
    ...benchSettings,
  },
  examples: [
    ["bench compare --peer llama-server", "one request at a time"],
    ["bench compare --peer llama-server --concurrency 1,8", "and eight requests against eight slots"],
    ["bench compare --peer node-llama-cpp --json", "on the same shared libraries, as one line of JSON"],
  ],
  notes:
    "Both sides get the same prompts, schemas, seeds and budgets, alternately. The independent validator checks\n" +
    "every answer. The bare decode loop is measured as the lower bound.",
  async run({ values, terminal, signal }) {
    const { benchCompare } = await import("../../../bench/index.js");
    const streams = levelsOf(values["bench.concurrency"]);
    const [name = "llama-server", ...others] = values["bench.peer"];
    if (others.length > 0) throw new FormworkError("wrong_usage", "bench compare takes one --peer.");
    if (name === "node-llama-cpp" && Math.max(...streams) > 1) {
      throw new FormworkError("wrong_usage", "node-llama-cpp is compared with --concurrency 1 only.");
    }
    const parallel = Math.max(...streams);
    const shared = await peerSettings(values, terminal, parallel);
    const { modelPath } = shared;
    const ours = await embeddedTarget("formwork", values, terminal, {
      parallel,
      modelPath,
      schemaInPrompt: false,
    });
    const peer = await peerTarget(name, shared);
    const runs = values["bench.runs"];
    return await runBench(
      "compare",
      { values, terminal, signal },
      { settings: { runs, threads: shared.threads }, open: [ours, peer] },
      (session) =>
        benchCompare({
          ...session,
          ours,
          peer,
          streams,
          runs,
          sampling: samplingOf(values),
          rawDecode: rawDecodeOf({ ...shared, weights: values.weights }),
        }),
    );
  },
});
