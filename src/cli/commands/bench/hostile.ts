import { defineCommand } from "../../command.js";
import { integer, number, text } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import { hostileFile, hostileSchemasOf } from "./hostileFile.js";
import { serverSetting, startOwnServer } from "./server.js";
import { benchSettings, peerSettings } from "./shared.js";

const { "bench.runs": _runs, ...loadSettings } = benchSettings;

export const command = defineCommand({
  settings: {
    ...serverSetting,
    ...hostileFile,
    "bench.only": text({
      flag: "--only <text>",
      description: "only schemas whose names contain this text",
    }),
    "bench.shard": text({
      flag: "--shard <k/n>",
      description: "K/N: every N-th schema from number K, counted from 0",
      fallback: "0/1",
    }),
    "bench.together": integer({
      flag: "--together <count>",
      description: "hostile requests sent together, after each alone; 0 to skip",
      minimum: 0,
      fallback: 8,
    }),
    "bench.patience": number({
      flag: "--patience <seconds>",
      description: "timeout of hostile requests",
      minimum: 0.1,
      fallback: 30,
    }),
    ...loadSettings,
  },
  examples: [
    ["bench hostile", "every hostile schema alone and eight at once, beside an ordinary client"],
    ["bench hostile --cases ./schemas.mjs --json", "schemas of your own, as one line of JSON"],
    ["bench hostile --only pattern --together 0", 'schemas with "pattern" in their names, one by one'],
  ],
  notes:
    "While a hostile request is under way, an ordinary client asks one thing after the other and /health is\n" +
    "looked at 50 times a second. Memory is that of the two processes, from /metrics.",
  async run({ values, terminal, signal }) {
    const { benchHostile, HOSTILE_HEADER, hostileLine, hostileSummary, hostileText, selectSchemas } =
      await import("../../../bench/index.js");
    const json = values.json === true;
    const print = (line: string) => void (json ? terminal.stderr : terminal.stdout).write(`${line}\n`);
    const schemas = selectSchemas(
      await hostileSchemasOf(values["bench.hostileCases"]),
      values["bench.only"] ?? "",
      values["bench.shard"],
    );
    const together = values["bench.together"];
    // With fewer places the ordinary client would wait in the queue, whatever the schemas are.
    const places = values.parallel ?? together + 1;
    const shared = await peerSettings({ ...values, "bench.runs": 1 }, terminal, places);
    const server =
      values["bench.server"] === undefined ? await startOwnServer(shared, values, signal) : undefined;
    const url = server?.url ?? values["bench.server"] ?? "";
    try {
      await fetch(new URL("/warmup", url), { signal });
      print(HOSTILE_HEADER);
      const results = await benchHostile({
        url,
        schemas,
        together,
        patienceMs: values["bench.patience"] * 1000,
        aloneMs: 5000,
        onCase: (result) => print(hostileLine(result)),
        signal,
      });
      print(hostileText(results));
      if (json) terminal.stdout.write(`${JSON.stringify({ ...results, worst: hostileSummary(results) })}\n`);
      return EXIT.done;
    } finally {
      await server?.close();
    }
  },
});
