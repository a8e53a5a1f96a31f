import { defineCommand } from "../../command.js";
import { integer, text } from "../../config/setting.js";
import { EXIT } from "../../exit.js";
import { loadSettings, shardSetting, timeoutSetting } from "./benchSettings.js";
import { peerSettings } from "./benchTargets.js";
import { hostileFile, hostileSchemasOf } from "./hostileSchemas.js";
import { serverSetting, startOwnServer } from "./ownServer.js";

export const command = defineCommand({
  settings: {
    ...serverSetting,
    ...hostileFile,
    "bench.only": text({
      flag: "--only <text>",
      description: "only schemas whose names contain this text",
    }),
    ...shardSetting,
    "bench.together": integer({
      flag: "--together <count>",
      description: "hostile requests sent together, after each alone; 0 to skip",
      minimum: 0,
      fallback: 8,
    }),
    ...timeoutSetting(30),
    ...loadSettings,
  },
  examples: [
    ["bench hostile", "every hostile schema alone, then eight at once, next to an ordinary client"],
    ["bench hostile --cases ./schemas.mjs --json", "your own schemas, with one line of JSON at the end"],
    ["bench hostile --only pattern --together 0", 'schemas with "pattern" in their names, one by one'],
  ],
  notes:
    "While a hostile request runs, an ordinary client sends requests one by one and /health is polled 50 times\n" +
    "a second. Memory is that of both processes, from /metrics.",
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
    // With fewer sequences the ordinary client would wait in the queue, whatever the schemas are.
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
        timeoutMs: values["bench.timeout"] * 1000,
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
