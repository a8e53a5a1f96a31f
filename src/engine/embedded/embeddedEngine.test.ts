import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { toSchemaText } from "../../json/index.js";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import type { JsonSchema } from "../../types.js";
import type { GenerateRequest, GenerateResult } from "../engine.js";
import { type EngineOptions, normaliseOptions } from "../options/index.js";
import { GREEDY, PERSON } from "../testing/harness.js";
import { scriptedEntry } from "../testing/scriptedChild.js";
import { validateDocument } from "../validate/index.js";
import { EmbeddedEngine } from "./embeddedEngine.js";

const engines: EmbeddedEngine[] = [];
const logged: { event: string; fields: Record<string, unknown> }[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  logged.length = 0;
});

function engineOf(options: EngineOptions, entry?: string): EmbeddedEngine {
  const log = (event: string, fields: Record<string, unknown>) => void logged.push({ event, fields });
  const engine = new EmbeddedEngine(normaliseOptions({ ...options, log }), entry);
  engines.push(engine);
  return engine;
}

function requestOf(overrides: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    id: "test",
    messages: [{ role: "user", content: "Describe somebody." }],
    schema: toSchemaText(PERSON),
    maxTokens: 200,
    sampling: GREEDY,
    ...overrides,
  };
}

/** A request that does not end by itself for a long while. */
const ENDLESS = requestOf({ constraint: "free", maxTokens: 4000, schema: "true" });

async function answer(
  engine: EmbeddedEngine,
  request = requestOf(),
  signal?: AbortSignal,
): Promise<GenerateResult> {
  let text = "";
  for await (const event of engine.generate(request, signal)) {
    if (event.type === "delta") text += event.text;
    if (event.type === "finish") {
      expect(event.result.text).toBe(text);
      return event.result;
    }
  }
  throw new Error("The iteration ended without a document.");
}

/** Resolves once the request has begun to write; `end` settles as the request does. */
async function begun(engine: EmbeddedEngine, request: GenerateRequest): Promise<{ end: Promise<void> }> {
  let started = () => {};
  const writing = new Promise<void>((resolve) => {
    started = resolve;
  });
  const read = async () => {
    for await (const event of engine.generate(request)) if (event.type === "delta") started();
  };
  const end = read();
  await Promise.race([writing, end]);
  return { end };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (!isAlive(pid)) return;
    await pause(50);
  }
  throw new Error(`Process ${pid} is still there.`);
}

describe("with the real model", () => {
  it("answers, survives the death of its process, and answers again", async () => {
    const engine = engineOf({ model: await defaultModelPath(), threads: 1, contextLength: 1024 });
    expect(engine.status()).toMatchObject({ state: "idle", modelLoaded: false });
    const first = answer(engine, requestOf({ sampling: { ...GREEDY, temperature: 0.8, seed: 3 } }));
    expect(engine.status()).toMatchObject({ state: "loading", modelLoaded: false });
    const result = await first;
    expect(await validateDocument(PERSON, result.text)).toMatchObject({ valid: true });
    expect(result.output).toEqual(JSON.parse(result.text));
    expect(result.usage.forcedTokens).toBeGreaterThan(5);
    expect(engine.status()).toMatchObject({ state: "ready", modelLoaded: true });
    const report = await engine.warmup();
    expect(report.loadMs).toBe(0);
    expect(Object.keys(report.stages)).toEqual(
      expect.arrayContaining(["process", "download", "load", "context", "warmup"]),
    );

    const dead = engine.pid!;
    const lost = await begun(engine, ENDLESS);
    process.kill(dead, "SIGKILL");
    await expect(lost.end).rejects.toMatchObject({ code: "engine_unavailable", status: 503 });
    expect(engine.status().state).toBe("loading");
    const again = await answer(engine, requestOf({ sampling: { ...GREEDY, temperature: 0.8, seed: 3 } }));
    expect(again.text).toBe(result.text);
    expect(engine.pid).not.toBe(dead);
    expect(engine.statistics()).toMatchObject({ restarts: 1, active: 0 });
    expect(engine.statistics().memoryBytes).toBeGreaterThan(50e6);
    expect(logged.map(({ event }) => event)).toContain("engine_crashed");
  });
});

describe("with the real model and every example", () => {
  it("writes valid documents at any budget", async () => {
    const engine = engineOf({ model: await defaultModelPath(), threads: 1, contextLength: 2048 });
    const folder = new URL("../../../examples/", import.meta.url);
    const schemas = readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as JsonSchema);
    const write = (schema: JsonSchema, seed: number, maxTokens: number) =>
      answer(
        engine,
        requestOf({
          schema: toSchemaText(schema),
          maxTokens,
          sampling: { ...GREEDY, temperature: 0.8, topP: 0.95, seed },
        }),
      );
    const results = await Promise.all(
      schemas.map(async (schema, seed) => {
        const refusal = await write(schema, seed, 1).catch((error: Error) => error.message);
        const least = Number(/needs (\d+) tokens/.exec(String(refusal))?.[1]);
        return {
          schema,
          answers: await Promise.all([write(schema, seed, least), write(schema, seed, least + 50)]),
        };
      }),
    );
    for (const { schema, answers } of results) {
      for (const { text } of answers) {
        expect(await validateDocument(schema, text), text).toEqual({ valid: true });
      }
    }
    expect(results.length).toBeGreaterThanOrEqual(6);
  });
});

describe("requests", () => {
  it("runs many at once and counts them", async () => {
    const engine = engineOf({}, scriptedEntry());
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, seed) =>
        answer(engine, requestOf({ sampling: { ...GREEDY, temperature: 1, seed } })),
      ),
    );
    for (const { text } of results)
      expect(await validateDocument(PERSON, text)).toMatchObject({ valid: true });
    const tokens = results.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
    expect(engine.statistics()).toMatchObject({
      requests: 20,
      completionTokens: tokens,
      failures: 0,
      queued: 0,
    });
    expect(engine.statistics().cachedTokens).toBeGreaterThan(0);
  });

  it("cancels by signal and by ending the iteration, before and while it writes", async () => {
    const engine = engineOf({}, scriptedEntry({ decodeMs: 2 }));
    const early = new AbortController();
    const waiting = answer(engine, ENDLESS, early.signal);
    early.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    await expect(answer(engine, ENDLESS, AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
    for await (const event of engine.generate(ENDLESS)) if (event.type === "delta") break;
    await answer(engine);
    expect(engine.statistics()).toMatchObject({ active: 0, cancellations: 1 });
  });

  it("says what is wrong with a request, each with its code", async () => {
    const engine = engineOf({ queueLimit: 1, maxSequences: 1 }, scriptedEntry({ decodeMs: 2 }));
    await expect(answer(engine, requestOf({ model: "other" }))).rejects.toMatchObject({
      code: "unknown_model",
    });
    await expect(answer(engine, requestOf({ schema: '{"type":"strange"}' }))).rejects.toMatchObject({
      code: "invalid_schema",
      pointer: "",
      keyword: "type",
    });
    await expect(answer(engine, requestOf({ maxTokens: 2 }))).rejects.toMatchObject({
      code: "budget_too_small",
    });
    const long = [{ role: "user" as const, content: "x".repeat(5000) }];
    await expect(answer(engine, requestOf({ messages: long }))).rejects.toMatchObject({
      code: "prompt_too_long",
    });
    await expect(answer(engine, { ...ENDLESS, deadlineMs: 100 })).rejects.toMatchObject({ code: "timeout" });
    const both = [answer(engine, ENDLESS), answer(engine, ENDLESS)];
    for (const one of both) one.catch(() => {});
    await pause(300);
    await expect(answer(engine)).rejects.toMatchObject({ code: "queue_full" });
    expect(engine.statistics().failures).toBeGreaterThanOrEqual(6);
  });

  it("keeps its deadlines while the model loads and while a step never returns", async () => {
    const slow = engineOf(
      {},
      scriptedEntry({}, "await new Promise((resolve) => setTimeout(resolve, 3000));"),
    );
    await expect(answer(slow, requestOf({ deadlineMs: 200 }))).rejects.toMatchObject({ code: "timeout" });
    const stuck = engineOf({}, scriptedEntry({ failAt: 60, failure: "hang" }));
    await expect(answer(stuck, { ...ENDLESS, deadlineMs: 1500 })).rejects.toMatchObject({ code: "timeout" });
  });
});

describe("the engine process", () => {
  it("is shared by concurrent warm-ups and tells its stages", async () => {
    const engine = engineOf({}, scriptedEntry());
    const reports = await Promise.all([engine.warmup(), engine.warmup(), engine.warmup()]);
    expect(reports[0].loadMs).toBeGreaterThan(0);
    expect(logged.filter(({ event }) => event === "engine_ready")).toHaveLength(1);
    const gaveUp = engineOf({}, scriptedEntry());
    await expect(gaveUp.warmup(AbortSignal.timeout(1))).rejects.toMatchObject({ code: "cancelled" });
  });

  it("unloads when told, after the requests under way, and loads again for the next", async () => {
    const engine = engineOf({}, scriptedEntry({ decodeMs: 1 }));
    const running = answer(engine, { ...ENDLESS, maxTokens: 200 });
    await pause(500);
    const { pid } = engine;
    const unloading = engine.unload();
    const next = answer(engine);
    expect((await running).finishReason).toBe("length");
    await unloading;
    await gone(pid!);
    await next;
    expect(engine.pid).not.toBe(pid);
    await engine.unload();
    expect(engine.status()).toMatchObject({ state: "idle", modelLoaded: false });
    expect(engine.statistics().completionTokens).toBeGreaterThan(200);
  });

  it("unloads by itself when nobody asks for a while", async () => {
    const engine = engineOf({ idleTimeoutMs: 300 }, scriptedEntry());
    await answer(engine);
    await gone(engine.pid!);
    expect(engine.status().state).toBe("idle");
    await answer(engine);
    expect(engine.status().state).toBe("ready");
  });

  it("comes back after each crash, and counts as failed where it dies while loading", async () => {
    const engine = engineOf({}, scriptedEntry({ failAt: 30, failure: "exit" }));
    for (let i = 0; i < 2; i++) {
      await expect(answer(engine, ENDLESS)).rejects.toMatchObject({
        code: "engine_unavailable",
        retryAfterSeconds: expect.any(Number),
      });
    }
    const hopeless = engineOf({}, scriptedEntry({}, 'console.error("no luck"); process.exit(7);'));
    await expect(hopeless.warmup()).rejects.toMatchObject({ code: "engine_unavailable" });
    expect(hopeless.status()).toMatchObject({ state: "failed", error: expect.stringContaining("no luck") });
  });

  it("fails with the reason where there is no model, and tries again when asked again", async () => {
    const engine = engineOf({ model: "/nowhere/model.gguf" });
    await expect(answer(engine)).rejects.toMatchObject({ code: "model_unavailable" });
    expect(engine.status()).toMatchObject({ state: "failed", error: expect.stringContaining("/nowhere") });
    await expect(engine.warmup()).rejects.toMatchObject({ code: "model_unavailable" });
    expect(engine.pid).toBeUndefined();
  });

  it("ends with the engine, requests in flight included", async () => {
    const engine = engineOf({}, scriptedEntry({ decodeMs: 1 }));
    const { end } = await begun(engine, ENDLESS);
    const { pid } = engine;
    await Promise.all([engine.close(), expect(end).rejects.toMatchObject({ code: "engine_unavailable" })]);
    expect(isAlive(pid!)).toBe(false);
    await expect(answer(engine)).rejects.toMatchObject({ code: "engine_unavailable" });
  });

  it.each([
    { name: "between steps", entry: () => scriptedEntry({ decodeMs: 5 }) },
    {
      name: "in a step that never returns",
      entry: () => scriptedEntry({ decodeMs: 5, failAt: 60, failure: "hang" }),
    },
  ])("leaves no orphan when its parent is killed $name", async ({ entry }) => {
    const folder = mkdtempSync(join(tmpdir(), "formwork-orphan-"));
    const module = (path: string) =>
      pathToFileURL(resolve(import.meta.dirname, "../../../dist/engine", path)).href;
    const parent = join(folder, "parent.mjs");
    writeFileSync(
      parent,
      `
      import { EmbeddedEngine } from ${JSON.stringify(module("embedded/embeddedEngine.js"))};
      import { normaliseOptions } from ${JSON.stringify(module("options/index.js"))};
      const engine = new EmbeddedEngine(normaliseOptions({}), ${JSON.stringify(entry())});
      let told = false;
      for await (const event of engine.generate(${JSON.stringify(ENDLESS)})) {
        if (!told && event.type === "delta") console.log(engine.pid);
        told = told || event.type === "delta";
      }
      `,
    );
    const process = spawn("node", [parent], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>((resolve) =>
      process.stdout.once("data", (data) => resolve(Number(data))),
    );
    expect(isAlive(pid)).toBe(true);
    await pause(300);
    process.kill("SIGKILL");
    await gone(pid);
  });
});
