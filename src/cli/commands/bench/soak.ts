import { FormworkError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { integer, number } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import {
  concurrencySetting,
  loadSettings,
  oneLevel,
  requestsSetting,
  timeoutSetting,
} from "./benchSettings.js";
import { peerSettings } from "./benchTargets.js";
import { hostileFile, hostileSchemasOf } from "./hostileSchemas.js";
import { serverMemory, startOwnServer } from "./ownServer.js";

export const command = defineCommand({
  settings: {
    ...requestsSetting(10_000),
    "bench.kills": integer({
      flag: "--kills <count>",
      description: "times the engine process is killed, spread over the requests",
      minimum: 0,
      fallback: 200,
    }),
    "bench.hostileShare": number({
      flag: "--hostile <share>",
      description: "fraction of requests with a hostile schema",
      minimum: 0,
      maximum: 1,
      fallback: 0.05,
    }),
    ...concurrencySetting(8),
    ...timeoutSetting(5),
    ...hostileFile,
    ...loadSettings,
  },
  examples: [
    ["bench soak", "10,000 requests, 5 % of them hostile, 200 kills"],
    ["bench soak --requests 500 --kills 10 --json", "fewer, with one line of JSON at the end"],
  ],
  notes:
    "Sends records, lists, enumerations and choices; one client in ten disconnects early. Each document is\n" +
    "validated. The exit code is 1 after a wrong answer, a server error or a request without an answer.",
  async run({ values, terminal, signal }) {
    const { benchSoak, soakFaults, soakText, validateText } = await import("../../../bench/index.js");
    const hostile = Object.values(await hostileSchemasOf(values["bench.hostileCases"]));
    const shared = await peerSettings({ ...values, "bench.runs": 1 }, terminal, values.parallel ?? 4);
    const server = await startOwnServer(shared, values, signal);
    const { url } = server;
    try {
      const warm = await fetch(new URL("/warmup", url), { signal });
      if (!warm.ok)
        throw new FormworkError(
          "engine_unavailable",
          `The server did not become ready: ${await warm.text()}`,
        );
      const requests = values["bench.requests"];
      const results = await benchSoak({
        url,
        requests,
        kills: values["bench.kills"],
        streams: oneLevel(values["bench.concurrency"]),
        hostileShare: values["bench.hostileShare"],
        hostile,
        seed: values["seed"] ?? 1,
        timeoutMs: values["bench.timeout"] * 1000,
        kill: () => server.killEngine(),
        readMemory: () => serverMemory(url),
        validate: validateText,
        onProgress: (done) => {
          if (done % 100 === 0) terminal.stderr.write(`${done} of ${requests}\n`);
        },
        signal,
      });
      const json = values.json === true;
      (json ? terminal.stderr : terminal.stdout).write(soakText(results));
      if (json) terminal.stdout.write(`${JSON.stringify(results)}\n`);
      return soakFaults(results) === 0 ? EXIT.done : EXIT.failed;
    } finally {
      await server.close();
    }
  },
});
