import { resolve } from "node:path";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { integer, jsonToggle, text, toggle } from "../../config/setting.js";
import { peerSetting, shardSetting } from "./benchSettings.js";
import { progressBar } from "./runBench.js";

export const command = defineCommand({
  settings: {
    "bench.cases": text({
      flag: "--cases <folder>",
      description: "folder with cases.ndjson.gz and vocabulary.json",
      isPath: true,
    }),
    ...shardSetting,
    ...peerSetting(["llguidance", "xgrammar"]),
    "bench.outcomes": text({
      flag: "--out <file>",
      description: "write one line per case to this file",
      isPath: true,
    }),
    "bench.nearEnd": toggle({
      flag: "--near-end",
      description: "also measure masks near the end of a token budget",
      fallback: false,
    }),
    "bench.worst": integer({
      flag: "--worst <n>",
      description: "list the N slowest cases",
      minimum: 1,
    }),
    "bench.charts": text({
      flag: "--charts <folder>",
      description: "write plots of the distributions to this folder",
      isPath: true,
    }),
    "bench.vocabulary": text({
      flag: "--vocabulary <name>",
      description: "also measure a larger public vocabulary (o200k_base, cl100k_base, ...), alternately",
    }),
    json: jsonToggle(),
  },
  examples: [
    ["bench masks --cases ./maskbench --shard 0/16 --json", "a sixteenth of the cases, as one line of JSON"],
    ["bench masks --cases ./maskbench --peer llguidance", "alternating with llguidance"],
    [
      "bench masks --cases ./maskbench --vocabulary o200k_base",
      "200,000 tokens, next to the cases' own vocabulary",
    ],
  ],
  notes: "The line that --json prints can be opened with `formwork bench report`.",
  async run({ values, terminal, signal }) {
    const bench = await import("../../../bench/benches/masks/index.js");
    const inPlace = (path: string): string => resolve(terminal.workingFolder, path);
    const cases = values["bench.cases"];
    if (cases === undefined)
      throw new FormworkError("wrong_usage", "--cases is missing: give the folder of the cases.");
    const bar = progressBar(terminal);
    const [out, charts] = [values["bench.outcomes"], values["bench.charts"]];
    const vocabulary = known("--vocabulary", values["bench.vocabulary"], bench.VOCABULARY_NAMES);
    const peers = values["bench.peer"].map((name) => known("--peer", name, bench.PEERS));
    try {
      const result = await bench.benchMasks({
        cases: inPlace(cases),
        shard: bench.parseShard(values["bench.shard"]),
        ...(out === undefined ? {} : { out: inPlace(out) }),
        nearEnd: values["bench.nearEnd"],
        ...(values["bench.worst"] === undefined ? {} : { worst: values["bench.worst"] }),
        ...(charts === undefined ? {} : { charts: inPlace(charts) }),
        ...(vocabulary === undefined ? {} : { vocabulary }),
        ...(peers.length === 0 ? {} : { peers: peers.filter((peer) => peer !== undefined) }),
        signal,
        progress: (done) => bar.update({ done, total: 0, label: "cases" }),
      });
      bar.clear();
      terminal.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${bench.masksText(result)}\n`);
      return undefined;
    } finally {
      bar.clear();
    }
  },
});

function known<Name extends string>(
  flag: string,
  name: string | undefined,
  names: readonly Name[],
): Name | undefined {
  const found = names.find((one) => one === name);
  if (found !== undefined || name === undefined) return found;
  throw new FormworkError("wrong_usage", `${flag} must be one of ${names.join(", ")}, not ${name}.`);
}
