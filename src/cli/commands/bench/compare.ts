import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { choice, list } from "../../config/setting.js";
import { rawDecodeOf } from "./raw.js";
import { benchSettings, embeddedTarget, peerSettings, peerTarget, runBench, samplingOf } from "./shared.js";
import { levels } from "./tasks.js";

export const command = defineCommand({
  settings: {
    "bench.against": choice({
      flag: "--peer <name>",
      description: "what to compare with; fetched and started by the bench",
      choices: ["llama-server", "node-llama-cpp"],
      fallback: "llama-server",
    }),
    "bench.streams": list({
      flag: "--streams <counts>",
      description: "requests in flight at once; several levels are measured one after the other",
      fallback: ["1"],
    }),
    ...benchSettings,
  },
  examples: [
    ["bench compare --peer llama-server", "one stream, whole answers"],
    ["bench compare --peer llama-server --streams 1,8", "and eight streams against eight slots"],
    ["bench compare --peer node-llama-cpp --json", "on the same shared libraries, as one line of JSON"],
  ],
  notes:
    "Both sides alternately get the same prompts, schemas, seeds and budgets; every answer is checked by the\n" +
    "independent validator. The bare llama_decode loop is measured as the lower bound.",
  async run({ values, terminal, signal }) {
    const { benchCompare } = await import("../../../bench/index.js");
    const streams = levels("--streams", values["bench.streams"]);
    const name = values["bench.against"];
    if (name === "node-llama-cpp" && Math.max(...streams) > 1) {
      throw new FormworkError("wrong_usage", "node-llama-cpp is compared on one stream.");
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
