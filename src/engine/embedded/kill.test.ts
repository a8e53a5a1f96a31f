import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { FormworkError } from "../../errors.js";
import type { JsonSchema } from "../../types.js";
import type { GenerateRequest } from "../engine.js";
import { normaliseOptions } from "../options/index.js";
import { GREEDY, PERSON } from "../testing/harness.js";
import { scriptedEntry } from "../testing/scriptedChild.js";
import { validateDocument } from "../validate/index.js";
import { EmbeddedEngine } from "./embeddedEngine.js";

/** `FORMWORK_KILLS=200` is the long form. */
const KILLS = Number(process.env["FORMWORK_KILLS"] ?? 10);
/** Requests under way at any time. */
const STREAMS = 6;
/** A request that takes longer has been forgotten: the loop would never end. */
const HANG_MS = 60_000;

/**
 * In the engine process: a constraint worker is ended by its 60th message, in the middle of a document that it follows; a log
 * line reports it.
 */
const KILL_WORKERS = `
  process.on("worker", (worker) => {
    let messages = 0;
    worker.on("message", () => {
      if (++messages !== 60) return;
      process.send?.({ type: "log", event: "worker_killed", fields: {} });
      void worker.terminate();
    });
  });
`;

/** What may become of a request whose process or worker is killed; nothing else may. */
const LOST = ["engine_unavailable", "engine_crashed"];

const SCHEMAS: readonly JsonSchema[] = [
  PERSON,
  { enum: ["yes", "no"] },
  { type: "array", items: { type: "integer" }, minItems: 3, maxItems: 3 },
  // Longer than the fast lane reads: followed by a worker.
  { ...(PERSON as object), $comment: "long ".repeat(40_000) },
];

const engines: EmbeddedEngine[] = [];
afterEach(async () => void (await Promise.all(engines.splice(0).map((engine) => engine.close()))));

/** The document that the engine finished for the schema, or its error. */
async function outcome(
  engine: EmbeddedEngine,
  schema: unknown,
  seed: number,
): Promise<string | FormworkError> {
  const request: GenerateRequest = {
    id: `request-${seed}`,
    messages: [{ role: "user", content: `Request ${seed}.` }],
    schema: JSON.stringify(schema),
    maxTokens: 100,
    sampling: { ...GREEDY, temperature: 1, seed },
    schemaInPrompt: false,
    deadlineMs: HANG_MS,
  };
  try {
    for await (const event of engine.generate(request)) if (event.type === "finish") return event.result.text;
  } catch (thrown) {
    if (thrown instanceof FormworkError) return thrown;
    throw thrown;
  }
  throw new Error("The iteration ended without a document.");
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: HANG_MS, interval: 10 }).toBe(true);
}

test("under load, with its process and workers killed again and again, each request gets a valid document or an error that says so", async () => {
  const logged: string[] = [];
  const engine = new EmbeddedEngine(
    normaliseOptions({ log: (event) => void logged.push(event) }),
    scriptedEntry({ decodeMs: 1 }, KILL_WORKERS),
  );
  engines.push(engine);
  await engine.warmup();
  let next = 0;
  let over = false;
  const documents = SCHEMAS.map(() => 0);
  const errors: string[] = [];
  const failures: unknown[] = [];
  const stream = async () => {
    while (!over) {
      const number = next++;
      const index = number % SCHEMAS.length;
      const result = await outcome(engine, SCHEMAS[index], number);
      if (typeof result === "string") {
        expect(await validateDocument(SCHEMAS[index], result), result).toEqual({ valid: true });
        documents[index]++;
      } else {
        errors.push(result.code);
        expect(LOST, result.message).toContain(result.code);
      }
    }
  };
  const killedWorkers = () => logged.filter((event) => event === "worker_killed").length;
  const finished = () => documents.reduce((sum, count) => sum + count);
  const kill = async () => {
    for (let kills = 0; kills < KILLS; kills++) {
      // After an answer the pause before the next start is the shortest again.
      const before = finished();
      await until(() => engine.status().state === "ready" && finished() > before);
      await pause(5 * (kills % 20));
      process.kill(engine.pid!, "SIGKILL");
      await until(() => engine.status().state !== "ready");
    }
    // Every kind of request is served again, the one that needs a worker included, although workers go on dying.
    const after = [...documents];
    const deaths = killedWorkers();
    await until(() => documents.every((count, index) => count > after[index]) && killedWorkers() > deaths);
  };
  // The first that fails ends them all.
  const together = [kill(), ...Array.from({ length: STREAMS }, stream)].map((one) =>
    one.catch((thrown) => {
      failures.push(thrown);
      over = true;
    }),
  );
  await together[0];
  over = true;
  await Promise.all(together);
  expect(failures).toEqual([]);
  expect(engine.statistics()).toMatchObject({ restarts: KILLS, queued: 0, active: 0 });
  expect(logged.filter((event) => event === "engine_crashed")).toHaveLength(KILLS);
  expect(errors).toContain("engine_unavailable");
});
