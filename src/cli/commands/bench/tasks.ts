import { relative, resolve } from "node:path";
import type { Target } from "../../../bench/index.js";
import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { integer, list, text, toggle, type ValuesOf } from "../../config/setting.js";
import { openClient, remoteSettings } from "../../remote.js";
import type { Terminal } from "../../terminal/terminal.js";
import { benchSettings, concurrencyLevels, levelsOf, peerSetting, samplingOf } from "./benchSettings.js";
import { embeddedTarget, PEERS, peerSettings, peerTarget, remoteEngineTarget } from "./benchTargets.js";
import { outputFolder, runBench } from "./runBench.js";

const settings = {
  "bench.suite": list({
    flag: "--suite <name>",
    description: "a built-in suite (an unknown name lists them), or a folder of *.case.json; may be repeated",
    fallback: ["ir-simple"],
  }),
  "bench.case": list({ flag: "--case <pattern>", description: "only these cases; * matches any text" }),
  "bench.url": list({
    flag: "--url <url>",
    description: "measure the Formwork server at this URL; may be repeated",
  }),
  "bench.engine": list({
    flag: "--engine <engine>",
    description: "measure llama (on this machine) or vllm=URL, sglang=URL, ...; may be repeated",
  }),
  ...peerSetting(PEERS),
  ...concurrencyLevels,
  "bench.warmup": toggle({
    flag: "--warm-up",
    description: "warm up the targets first",
    off: "fail on a cold target",
    fallback: true,
  }),
  "bench.cold": integer({
    flag: "--cold <count>",
    description: "cold starts to measure per target first, by stage",
    minimum: 0,
    fallback: 0,
  }),
  "bench.resume": text({
    flag: "--resume <folder>",
    description: "resume an interrupted run",
    isPath: true,
  }),
  "bench.price": text({
    flag: "--price <name>",
    description:
      "price of the machine per hour in dollars, or a name such as modal-l40s, for the cost of 1,000 requests",
  }),
  ...benchSettings,
  ...remoteSettings,
};

type Values = ValuesOf<typeof settings>;

export const command = defineCommand({
  settings,
  examples: [
    ["bench tasks --suite ir-simple", "a built-in suite on the embedded engine"],
    ["bench tasks --suite extraction --url http://127.0.0.1:8080 --concurrency 1,4,8", "a server under load"],
    [
      "bench tasks --suite ./my-cases --engine llama --peer llama-server",
      "your own cases on two targets, alternately",
    ],
    [
      "bench tasks --suite ir-simple --baseline baselines/main.json",
      "for CI: exit code 1 after a regression",
    ],
  ],
  notes:
    "The targets are warmed up first and measured alternately. Ctrl-C keeps what was measured; --resume continues.\n" +
    "results.json, report.html and summary.md are written to the folder of the run.",
  async run({ values, terminal, signal }) {
    const { benchTasks, findSuites, pricePerHour, selectCases } = await import("../../../bench/index.js");
    const suites = await findSuites(values["bench.suite"], terminal.workingFolder);
    const cases = selectCases(suites, values["bench.case"]);
    const concurrency = levelsOf(values["bench.concurrency"]);
    const price = values["bench.price"];
    const dollarsPerHour = price === undefined ? undefined : pricePerHour(price);
    if (price !== undefined && dollarsPerHour === undefined) {
      throw new FormworkError(
        "wrong_usage",
        `--price must be a number of dollars or a known name, not ${price}.`,
      );
    }
    const resume = values["bench.resume"];
    const folder =
      resume === undefined
        ? outputFolder(values, terminal, "tasks")
        : resolve(terminal.workingFolder, resume);
    const targets = await openTargets(values, terminal, Math.max(...concurrency));
    const runs = values["bench.runs"];
    return await runBench(
      "tasks",
      { values, terminal, signal },
      { settings: { runs, price: price ?? null }, folder, open: targets },
      async (session) => {
        const results = await benchTasks({
          ...session,
          plan: {
            title: `Tasks: ${suites.map((suite) => suite.name).join(", ")}`,
            cases,
            targets: targets.map((target) => target.name),
            runs,
            concurrency,
            sampling: samplingOf(values),
          },
          targets,
          resume: resume !== undefined,
          coldTargets: values["bench.warmup"] ? "warm" : "refuse",
          coldStarts: values["bench.cold"],
          ...(dollarsPerHour === undefined ? {} : { dollarsPerHour }),
        });
        if (!results.complete) {
          const here = relative(terminal.workingFolder, folder);
          terminal.stderr.write(
            `\nInterrupted: ${results.samples.length} answers are kept. Continue with the same command and --resume ${here}\n\n`,
          );
        }
        return results;
      },
    );
  },
});

async function openTargets(values: Values, terminal: Terminal, parallel: number): Promise<Target[]> {
  const { UrlTarget } = await import("../../../bench/index.js");
  const urls = values["bench.url"];
  const peers = values["bench.peer"];
  const named = values["bench.engine"];
  const engines = named.length === 0 && urls.length === 0 && peers.length === 0 ? ["llama"] : named;
  const targets: Target[] = [];
  for (const engine of engines) {
    if (engine === "llama") targets.push(await embeddedTarget("llama", values, terminal, { parallel }));
    else targets.push(await remoteEngineTarget(engine, values));
  }
  for (const url of urls) targets.push(new UrlTarget(url, await openClient(url, values)));
  for (const peer of peers) {
    const shared = await peerSettings(values, terminal, parallel);
    targets.push(await peerTarget(peer, { ...shared, schemaInPrompt: true }));
  }
  const names = targets.map((target) => target.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FormworkError("wrong_usage", `${twice} is named twice.`);
  return targets;
}
