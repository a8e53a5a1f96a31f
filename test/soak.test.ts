import type { Worker } from "node:worker_threads";
import { afterAll, expect, test } from "vitest";
import { hostileSchemas } from "../src/bench/benches/hostile/index.js";
import { benchSoak, soakFaults, soakText } from "../src/bench/benches/soak/index.js";
import { seededRandom } from "../src/bench/statistics/random.js";
import { validateText } from "../src/bench/validation.js";
import { EmbeddedEngine } from "../src/engine/embedded/embeddedEngine.js";
import { normaliseOptions } from "../src/engine/options/index.js";
import { scriptedEntry } from "../src/engine/testing/scriptedChild.js";
import type { FormworkError } from "../src/errors.js";
import { createLog, type RunningServer, startServer } from "../src/server/index.js";

/** `FORMWORK_SOAK=10000` is the long form; it prints its table. */
const REQUESTS = Number(process.env["FORMWORK_SOAK"] ?? 120);

/**
 * In the engine process: each constraint worker is ended by one of its messages, the first worker by its first, the others at random; a
 * log line reports it.
 */
const KILL_WORKERS = `
  let workers = 0;
  process.on("worker", (worker) => {
    let left = workers++ === 0 ? 1 : Math.ceil(300 ** Math.random());
    worker.on("message", () => {
      if (--left !== 0) return;
      process.send?.({ type: "log", event: "worker_killed", fields: {} });
      void worker.terminate();
    });
  });
`;

/** The validator's threads, the only workers of this process. */
const threads = new Set<Worker>();
const meet = (worker: Worker) => {
  threads.add(worker);
  worker.once("exit", () => threads.delete(worker));
};
process.on("worker", meet);

let server: RunningServer | undefined;
afterAll(async () => {
  process.off("worker", meet);
  await server?.close();
});

/** The verdict on a document; the thread that checks it may be killed, too. */
const validate: typeof validateText = async (schema, text) => {
  for (;;) {
    try {
      return await validateText(schema, text);
    } catch (thrown) {
      if ((thrown as FormworkError).code !== "engine_unavailable") throw thrown;
    }
  }
};

// The real server, engine process, constraint workers and validator; only the model is made up, so that there is time for many.
test("mixed and hostile requests, and kills: nothing wrong, nothing stuck", {
  timeout: 3_600_000,
}, async () => {
  const killed = { process: 0, thread: 0, worker: 0 };
  const log = (event: string) => {
    if (event === "worker_killed") killed.worker++;
  };
  const engine = new EmbeddedEngine(
    normaliseOptions({ maxSequences: 8, log }),
    scriptedEntry({}, KILL_WORKERS),
  );
  server = await startServer({ engine, port: 0, log: createLog("silent"), config: { drainMs: 0 } });
  const { url } = server;
  await engine.warmup();
  const random = seededRandom(2);
  const kill = async () => {
    const [thread] = threads;
    if (thread !== undefined && random() < 0.5) {
      killed.thread++;
      await thread.terminate();
    } else {
      if (engine.pid === undefined) return false;
      killed.process++;
      process.kill(engine.pid, "SIGKILL");
    }
    return true;
  };
  const results = await benchSoak({
    url,
    requests: REQUESTS,
    kills: Math.ceil(REQUESTS / 25),
    streams: 8,
    hostileShare: 0.05,
    hostile: Object.values(hostileSchemas()),
    seed: 1,
    timeoutMs: 2000,
    kill,
    readMemory: async () => {
      const { memoryBytes, peakMemoryBytes } = engine.statistics();
      return { engine: { now: memoryBytes, peak: peakMemoryBytes }, server: process.memoryUsage.rss() };
    },
    validate,
  });
  if (REQUESTS > 1000) console.log(soakText(results), killed);
  expect(results.faults).toEqual([]);
  expect(soakFaults(results)).toBe(0);
  expect(results.requests).toBe(REQUESTS);
  expect(results.kills).toBeGreaterThan(0);
  expect(Math.min(...Object.values(killed)), JSON.stringify(killed)).toBeGreaterThan(0);
});
