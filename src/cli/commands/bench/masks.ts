import { resolve } from "node:path";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { integer, jsonToggle, list, text, toggle } from "../../config/setting.js";
import { progressBar } from "./shared.js";

export const command = defineCommand({
  settings: {
    "bench.cases": text({
      flag: "--cases <folder>",
      description: "folder with cases.ndjson.gz and vocabulary.json",
      isPath: true,
    }),
    "bench.shard": text({
      flag: "--shard <k/n>",
      description: "every N-th case, beginning with the K-th",
      fallback: "0/1",
    }),
    "bench.peers": list({
      flag: "--peers <names>",
      description: "engines to run over the same cases, in turns",
    }),
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
      description: "list the cases that took longest",
      minimum: 1,
    }),
    "bench.charts": text({
      flag: "--charts <folder>",
      description: "draw the distributions there",
      isPath: true,
    }),
    "bench.vocabulary": text({
      flag: "--vocabulary <name>",
      description: "a larger public vocabulary, in turns with the cases' own",
    }),
    json: jsonToggle(),
  },
  examples: [
    ["bench masks --cases ../shared/maskbench --shard 0/16 --json", "a sixteenth of the cases, as one line"],
    ["bench masks --cases ../shared/maskbench --peers llguidance", "in turns with llguidance"],
    [
      "bench masks --cases ../shared/maskbench --vocabulary o200k_base",
      "200,000 tokens beside the cases' own",
    ],
  ],
  notes: "The line that --json prints can be opened with `formwork bench report`.",
  async run({ values, terminal, signal }) {
    const bench = await import("../../../bench/masks/index.js");
    const inPlace = (path: string): string => resolve(terminal.workingFolder, path);
    const cases = values["bench.cases"];
    if (cases === undefined)
      throw new FormworkError("wrong_usage", "--cases is missing: name the folder of the cases.");
    const bar = progressBar(terminal);
    const [out, charts] = [values["bench.outcomes"], values["bench.charts"]];
    const vocabulary = known("--vocabulary", values["bench.vocabulary"], bench.VOCABULARY_NAMES);
    const peers = values["bench.peers"].map((name) => known("--peers", name, bench.PEERS));
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
