import { afterEach, describe, expect, it } from "vitest";
import type { GenerateRequest } from "../engine.js";
import { normaliseOptions } from "../options/index.js";
import { GREEDY } from "../testing/harness.js";
import { scriptedEntry } from "../testing/scriptedChild.js";
import { EmbeddedEngine } from "./embeddedEngine.js";

const engines: EmbeddedEngine[] = [];
const logged: { event: string; fields: Record<string, unknown> }[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  logged.length = 0;
});

/** An engine whose process is asked for a sign of life every 100 ms, and is ended after 20 of them. */
function engineOf(before = ""): EmbeddedEngine {
  const log = (event: string, fields: Record<string, unknown>) => void logged.push({ event, fields });
  const watch = { everyMs: 100, unanswered: 20 };
  const engine = new EmbeddedEngine(normaliseOptions({ log }), scriptedEntry({}, before), watch);
  engines.push(engine);
  return engine;
}

function requestOf(schema: unknown, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    id: "test",
    messages: [{ role: "user", content: "Write." }],
    schema: JSON.stringify(schema),
    maxTokens: 100,
    sampling: GREEDY,
    ...more,
  };
}

/** What the request came to: its text, or the error. */
async function outcome(
  engine: EmbeddedEngine,
  request: GenerateRequest,
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    for await (const event of engine.generate(request, signal))
      if (event.type === "finish") return event.result.text;
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

const wasStuck = () => logged.some(({ event }) => event === "engine_stuck");

describe("an engine process that is stuck", () => {
  it("is ended although requests come and go, and the next one answers", async () => {
    const engine = engineOf();
    await engine.warmup();
    const { pid } = engine;
    process.kill(pid!, "SIGSTOP");
    const lost = outcome(engine, requestOf(true));
    const coming = setInterval(() => void outcome(engine, requestOf(true, { deadlineMs: 50 })), 60);
    try {
      await expect.poll(wasStuck, { timeout: 30_000 }).toBe(true);
    } finally {
      clearInterval(coming);
    }
    await expect.poll(() => outcome(engine, requestOf({ const: 1 })), { timeout: 30_000 }).toBe("1");
    expect(engine.pid).not.toBe(pid);
    expect(await lost).toMatchObject({ message: expect.stringContaining("no longer responded") });
  });

  it("is ended although nobody waits", async () => {
    const engine = engineOf(`process.on("message", ({ type }) => { if (type === "cancel") for (;;); });`);
    await engine.warmup();
    const leave = new AbortController();
    const request = requestOf(true, { constraint: "free", maxTokens: 4000 });
    const untilCancelled = async () => {
      // Leaves with the first sign of life.
      for await (const _ of engine.generate(request, leave.signal)) leave.abort();
    };
    await expect(untilCancelled()).rejects.toMatchObject({ code: "cancelled" });
    await expect.poll(wasStuck, { timeout: 30_000 }).toBe(true);
  });
});

it("a crash is laid to the request that was being read, which is not to be sent again", async () => {
  const engine = engineOf(`
    process.on("message", (message) => {
      if (message.request?.schemaText.includes("killer")) setTimeout(() => process.kill(process.pid, "SIGKILL"), 500);
    });`);
  await engine.warmup();
  // It takes seconds to compile, in the slow lane.
  const killer = requestOf({ title: "killer", type: "string", pattern: "^(a|b)*a(a|b|c){13}$" });
  expect(await outcome(engine, killer)).toMatchObject({ code: "engine_crashed", retryable: false });
  expect(await outcome(engine, requestOf({ const: 2 }))).toBe("2");
});
