import { afterAll, expect, test } from "vitest";
import { hostileSchemas } from "../src/bench/benches/hostile/index.js";
import { benchSoak, soakFaults, soakText } from "../src/bench/benches/soak/index.js";
import { validateText } from "../src/bench/validation.js";
import { EmbeddedEngine } from "../src/engine/embedded/embeddedEngine.js";
import { normaliseOptions } from "../src/engine/options/index.js";
import { scriptedEntry } from "../src/engine/testing/scriptedChild.js";
import { createLog, type RunningServer, startServer } from "../src/server/index.js";

/** `FORMWORK_SOAK=10000` is the long form; it prints its table. */
const REQUESTS = Number(process.env["FORMWORK_SOAK"] ?? 120);

let server: RunningServer | undefined;
afterAll(() => server?.close());

// The real server, engine process, constraint workers and validator; only the model is made up, so that there is time for many.
test("mixed and hostile requests, and kills: nothing wrong, nothing stuck", {
  timeout: 3_600_000,
}, async () => {
  const engine = new EmbeddedEngine(normaliseOptions({ maxSequences: 8 }), scriptedEntry());
  server = await startServer({ engine, port: 0, log: createLog("silent"), config: { drainMs: 0 } });
  const { url } = server;
  await engine.warmup();
  const results = await benchSoak({
    url,
    requests: REQUESTS,
    kills: Math.ceil(REQUESTS / 50),
    streams: 8,
    hostileShare: 0.05,
    hostile: Object.values(hostileSchemas()),
    seed: 1,
    timeoutMs: 2000,
    killEngine: async () => engine.pid !== undefined && process.kill(engine.pid, "SIGKILL"),
    readMemory: async () => {
      const { memoryBytes, peakMemoryBytes } = engine.statistics();
      return { engine: { now: memoryBytes, peak: peakMemoryBytes }, server: process.memoryUsage.rss() };
    },
    validate: validateText,
  });
  if (REQUESTS > 1000) console.log(soakText(results));
  expect(results.faults).toEqual([]);
  expect(soakFaults(results)).toBe(0);
  expect(results.requests).toBe(REQUESTS);
  expect(results.kills).toBeGreaterThan(0);
});
