import type { Engine } from "../../../engine/index.js";
import { toFormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { choice, integer, text, toggle, type ValuesOf } from "../../config/setting.js";
import { engineSettings, openEngine, serveSettings, watchEngine } from "../../engine.js";
import { EXIT } from "../../exit.js";
import { serverOptions, serverSettings } from "../../serverSettings.js";
import type { Terminal } from "../../terminal/terminal.js";

const settings = {
  host: text({
    flag: "--host <address>",
    description: "address to listen on; 0.0.0.0 for all interfaces",
    fallback: "127.0.0.1",
  }),
  port: integer({
    flag: "--port <number>",
    description: "port to listen on; 0 for any free port",
    minimum: 0,
    maximum: 65_535,
    fallback: 8080,
  }),
  ...engineSettings,
  ...serveSettings,
  ...serverSettings,
  warm: toggle({
    flag: "--warm",
    description: "load the model at startup",
    off: "load the model with the first request",
    fallback: true,
  }),
  logLevel: choice({
    flag: "--log-level <level>",
    description: "log level; info by default, warn on a terminal",
    choices: ["debug", "info", "warn", "error", "silent"],
  }),
};

type Values = ValuesOf<typeof settings>;

export const command = defineCommand({
  settings,
  examples: [
    ["serve", "answers on http://127.0.0.1:8080"],
    ["serve --port 0 --model ./model.gguf --parallel 8", "your own model on a free port"],
    ["serve --host 0.0.0.0 --api-key $KEY", "reachable from other machines, with a key"],
    ["serve --engine vllm=http://127.0.0.1:8000", "Formwork's contract in front of vLLM"],
  ],
  notes:
    "Standard output says where the server is; the log is JSON lines on standard error. SIGTERM and Ctrl-C\n" +
    "let running requests finish; a second signal stops at once.",
  async run({ values, terminal, signal }) {
    const { createLog, startServer } = await import("../../../server/index.js");
    const log = createLog(values.logLevel ?? (terminal.stderr.isTTY ? "warn" : "info"));
    const engine = await openEngine(values, (event, fields) => log.info(fields, event));
    const server = await startServer({
      engine,
      host: values.host,
      port: values.port,
      log,
      config: serverOptions(values),
    }).catch(async (thrown) => {
      await engine.close();
      throw thrown;
    });
    terminal.stdout.write(`Formwork listens on ${server.url}\n`);
    try {
      if (values.warm) await warm(engine, terminal, signal);
      if (!signal.aborted) terminal.stdout.write(invitation(server.url, values));
      await aborted(signal);
      return EXIT.done;
    } finally {
      await server.close();
    }
  },
});

/** Loads the model. Temporary failures are reported, and the first request tries again. */
async function warm(engine: Engine, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const progress = await watchEngine(engine, terminal);
  try {
    const { model, loadMs } = await engine.warmup(signal);
    progress.stop();
    terminal.stdout.write(`${model} is ready after ${(loadMs / 1000).toFixed(1)} s\n`);
  } catch (thrown) {
    progress.stop();
    if (signal.aborted) return;
    const error = toFormworkError(thrown);
    if (!error.retryable) throw error;
    terminal.stderr.write(`formwork: not ready yet: ${error.message}\n`);
  } finally {
    progress.stop();
  }
}

/** A request that can be pasted into a shell. */
function invitation(url: string, { apiKey }: Values): string {
  const body = {
    prompt: "Ada Lovelace, mathematician, born 1815",
    temperature: 0,
    schema: {
      type: "object",
      properties: { name: { type: "string" }, birth_year: { type: "integer" } },
      required: ["name", "birth_year"],
      additionalProperties: false,
    },
  };
  const key = apiKey.length === 0 ? "" : ` -H "Authorization: Bearer $FORMWORK_API_KEY"`;
  return `Try it there in a browser, or:\n\n  curl -s ${url}/generate${key} -d '${JSON.stringify(body)}'\n\n`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
