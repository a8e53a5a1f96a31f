import type { Client } from "../../../client/index.js";
import { FormworkError } from "../../../errors.js";
import { defineCommand, type Invocation } from "../../command.js";
import { jsonToggle, number, text, toggle, type ValuesOf } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import { openClient, remoteSettings } from "../../remote.js";
import { ProgressLine } from "../../terminal/progress.js";

const settings = {
  ...remoteSettings,
  warmupTimeout: number({
    flag: "--timeout <seconds>",
    description: "how long to wait",
    minimum: 1,
    fallback: 600,
  }),
  healthUrl: text({
    flag: "--health-url <url>",
    description: "full URL of /health, if another server reports the state",
  }),
  check: toggle({ flag: "--check", description: "only check; loads nothing", fallback: false }),
  async: toggle({ flag: "--async", description: "start warming up and return", fallback: false }),
  json: jsonToggle(),
};

export const command = defineCommand({
  operands: [{ name: "url", description: "the server's URL, such as http://127.0.0.1:8080" }],
  settings,
  examples: [
    ["warmup http://127.0.0.1:8080", "returns when the server is warm"],
    ["warmup --check http://127.0.0.1:8080", "exits with 0 if it is warm, with 1 if not"],
    [
      "warmup --check --health-url https://name--app-health.modal.run/health https://name--app.modal.direct",
      "on Modal, where asking the service itself would wake a GPU",
    ],
    ["warmup --async https://name--app.modal.run", "starts the warm-up and returns at once"],
  ],
  notes: "Warm means that a real inference has finished since the model was loaded.",
  async run(invocation) {
    const { operands, values } = invocation;
    if (values.check && values.async) {
      throw new FormworkError("wrong_usage", "--check and --async exclude each other.");
    }
    const client = await openClient(operands[0], values);
    if (values.check) return checkWarm(client, invocation);
    return values.async ? beginWarmup(client, invocation) : waitForWarmth(client, invocation);
  },
});

type WarmupInvocation = Invocation<ValuesOf<typeof settings>>;

async function checkWarm(client: Client, { values, terminal, signal }: WarmupInvocation): Promise<number> {
  const { engine, model } = await client.health({ signal });
  const isWarm = engine === "ready";
  const line = values.json
    ? JSON.stringify({ warm: isWarm, engine, model })
    : `${isWarm ? "warm" : `not warm: the engine is ${engine}`}, model ${model}`;
  terminal.stdout.write(`${line}\n`);
  return isWarm ? EXIT.done : EXIT.failed;
}

async function beginWarmup(client: Client, { values, terminal, signal }: WarmupInvocation): Promise<number> {
  const answer = await client.warmup({ wait: false, signal });
  terminal.stdout.write(`${values.json ? JSON.stringify(answer) : answer.status}\n`);
  return EXIT.done;
}

async function waitForWarmth(
  client: Client,
  { values, terminal, signal }: WarmupInvocation,
): Promise<number> {
  const { waitUntilWarm } = await import("../../../client/index.js");
  const line = new ProgressLine(terminal);
  try {
    const report = await waitUntilWarm(client, {
      timeoutMs: values.warmupTimeout * 1000,
      signal,
      onProgress: ({ stage, progress, elapsedMs }) =>
        line.update(`${stage}, ${Math.floor(elapsedMs / 1000)} s`, progress),
    });
    line.clear();
    const seconds = (report.elapsedMs / 1000).toFixed(1);
    terminal.stdout.write(
      `${values.json ? JSON.stringify({ warm: true, ...report }) : `warm after ${seconds} s, model ${report.model}`}\n`,
    );
    return EXIT.done;
  } finally {
    line.clear();
  }
}
