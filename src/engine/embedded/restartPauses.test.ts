import { afterEach, expect, it } from "vitest";
import { normaliseOptions } from "../options/index.js";
import { GREEDY } from "../testing/harness.js";
import { scriptedEntry } from "../testing/scriptedChild.js";
import { EmbeddedEngine } from "./embeddedEngine.js";
import { RestartPauses } from "./restartPauses.js";

it("pauses grow with failures in a row up to a limit, and begin anew with an answer", () => {
  const pauses = new RestartPauses();
  const next = (count: number) => Array.from({ length: count }, () => pauses.afterFailure());
  expect(next(4)).toEqual([100, 200, 400, 800]);
  expect(next(20).at(-1)).toBe(30_000);
  pauses.answered();
  expect(next(2)).toEqual([100, 200]);
});

const engines: EmbeddedEngine[] = [];
afterEach(async () => void (await Promise.all(engines.splice(0).map((engine) => engine.close()))));

it("an engine that crashes under load waits longer each time, and answers between crashes end that", async () => {
  const pauses: unknown[] = [];
  const log = (event: string, { pauseMs }: Record<string, unknown>) => {
    if (event === "engine_crashed") pauses.push(pauseMs);
  };
  const entry = scriptedEntry(
    {},
    `process.on("message", ({ request }) => {
      if (request?.schemaText.includes("killer")) process.kill(process.pid, "SIGKILL");
    });`,
  );
  const engine = new EmbeddedEngine(normaliseOptions({ log }), entry);
  engines.push(engine);
  const ask = async (schema: unknown) => {
    const request = {
      id: "test",
      messages: [{ role: "user" as const, content: "Write." }],
      schema: JSON.stringify(schema),
      maxTokens: 20,
      sampling: GREEDY,
    };
    for await (const event of engine.generate(request)) if (event.type === "finish") return event.result.text;
    return undefined;
  };
  const crash = async () => {
    // One that crashes before it is ready counts as one that cannot start.
    await engine.warmup();
    await expect(ask({ title: "killer" })).rejects.toMatchObject({ retryable: expect.any(Boolean) });
  };
  await crash();
  await crash();
  await crash();
  expect(await ask({ const: 1 })).toBe("1");
  await crash();
  expect(pauses).toEqual([100, 200, 400, 100]);
});
