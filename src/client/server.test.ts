import { expect, test } from "vitest";
import { createRemoteEngine } from "../engine/remote/index.js";
import { collect, requestFor } from "../engine/remote/testing/wire.js";
import { FormworkError } from "../errors.js";
import { createLog, startServer } from "../server/index.js";
import { FakeEngine, type FakeEngineOptions } from "../server/testing/fakeEngine.js";
import { type ClientOptions, createClient, waitUntilWarm } from "./index.js";

/** The client against Formwork's own server. */

const SCHEMA = {
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
  additionalProperties: false,
} as const;

async function serve(options: FakeEngineOptions = {}, apiKeys: string[] = []) {
  const engine = new FakeEngine(options);
  const server = await startServer({
    engine,
    port: 0,
    log: createLog("silent"),
    config: { apiKeys, drainMs: 100 },
  });
  return {
    engine,
    url: server.url,
    client: (more: Partial<ClientOptions> = {}) => createClient({ baseUrl: server.url, ...more }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

test("whole, streamed, health, ready, warm-up", async () => {
  await using server = await serve();
  const client = server.client();
  const answer = await client.generate({
    prompt: "a name",
    system: "Brief.",
    schema: SCHEMA,
    maxTokens: 50,
    seed: 3,
  });
  expect(answer).toMatchObject({
    output: { name: "Ada" },
    finishReason: "stop",
    model: "fake",
    usage: { promptTokens: 7, cachedTokens: 2, forcedTokens: 1 },
    timings: { prefillMs: 2, firstTokenMs: 3 },
  });
  expect(answer.requestId).not.toBe("");
  expect(server.engine.requests[0]).toMatchObject({
    messages: [
      { role: "system", content: "Brief." },
      { role: "user", content: "a name" },
    ],
    maxTokens: 50,
    sampling: { seed: 3 },
  });

  const stream = client.stream({ prompt: "a name", schema: SCHEMA });
  const partials: unknown[] = [];
  for await (const partial of stream) partials.push(partial);
  expect(partials.at(0)).toEqual({});
  expect(partials.at(-1)).toEqual({ name: "Ada" });
  expect((await stream.final()).output).toEqual({ name: "Ada" });
  expect(server.engine.requests[1].incremental).toBe(true);
  await expect.poll(() => server.engine.counters.active).toBe(0);

  expect(await client.health()).toMatchObject({ engine: "ready", model: "fake", model_loaded: true });
  expect(await client.ready()).toEqual({ ready: true });
  expect(await client.warmup()).toMatchObject({ status: "warm", ready_for_requests: true });
});

test("a cold server is warmed before the request", async () => {
  await using server = await serve({ status: { state: "idle", modelLoaded: false }, delayMs: 1 });
  const client = server.client();
  expect(await client.ready()).toMatchObject({ ready: false, retryAfterSeconds: expect.any(Number) });
  expect((await client.generate({ prompt: "a name", schema: SCHEMA })).output).toEqual({ name: "Ada" });
  expect(await client.ready()).toEqual({ ready: true });
  expect(await waitUntilWarm(client)).toMatchObject({ model: "fake" });
});

test("errors arrive whole: before the answer, and inside a stream", async () => {
  const refusal = new FormworkError("unsupported_schema", "Not that.", {
    pointer: "/properties/name",
    keyword: "not",
  });
  await using server = await serve({ fail: refusal });
  await expect(server.client().generate({ prompt: "a", schema: SCHEMA })).rejects.toMatchObject({
    status: 400,
    code: "unsupported_schema",
    pointer: "/properties/name",
    keyword: "not",
    requestId: expect.any(String),
  });
  await using breaking = await serve({
    fail: new FormworkError("engine_unavailable", "It died."),
    failAfter: 2,
  });
  await expect(breaking.client().stream({ prompt: "a", schema: SCHEMA }).final()).rejects.toMatchObject({
    code: "engine_unavailable",
    message: "It died.",
  });
  expect(breaking.engine.requests).toHaveLength(1);
  const missing = server.client().generate({ prompt: "", schema: SCHEMA });
  await expect(missing).rejects.toMatchObject({
    code: "missing_field",
    message: "Missing required field: prompt",
  });
});

test("keys", async () => {
  await using server = await serve({}, ["right"]);
  await expect(server.client().generate({ prompt: "a", schema: SCHEMA })).rejects.toMatchObject({
    status: 401,
    code: "unauthorized",
  });
  const answer = await server.client({ apiKey: "right" }).generate({ prompt: "a", schema: SCHEMA });
  expect(answer.output).toEqual({ name: "Ada" });
});

test("a client that leaves frees the engine", async () => {
  await using server = await serve({ text: JSON.stringify({ name: "x".repeat(4_000) }), delayMs: 20 });
  for await (const partial of server.client().stream({ prompt: "a", schema: SCHEMA })) {
    if (partial.name !== undefined) break;
  }
  await expect.poll(() => server.engine.counters.active).toBe(0);
  expect(server.engine.counters.cancellations).toBe(1);
  const controller = new AbortController();
  const whole = server.client().generate({ prompt: "a", schema: SCHEMA, signal: controller.signal });
  await expect.poll(() => server.engine.counters.active).toBe(1);
  controller.abort();
  await expect(whole).rejects.toMatchObject({ code: "cancelled" });
  await expect.poll(() => server.engine.counters.cancellations).toBe(2);
});

test("a Formwork behind a Formwork: one turn, a conversation, a refusal", async () => {
  await using server = await serve({}, ["right"]);
  const engine = createRemoteEngine(`formwork=${server.url}`, { apiKey: "right" });
  expect(await engine.warmup()).toMatchObject({ model: "fake" });
  const { events, result, deltas } = await collect(
    engine.generate(requestFor(SCHEMA, { incremental: true })),
  );
  expect(events[0]).toEqual({ type: "start", promptTokens: 7, cachedTokens: 2 });
  expect(result).toMatchObject({
    output: { name: "Ada" },
    model: "fake",
    usage: { promptTokens: 7, forcedTokens: 1 },
  });
  expect(deltas.join("")).toBe(result.text);
  const messages = [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
    { role: "user", content: "c" },
  ] as const;
  expect((await collect(engine.generate(requestFor(SCHEMA, { messages })))).result.output).toEqual({
    name: "Ada",
  });
  expect(server.engine.requests.at(-1)?.messages).toEqual(messages);
  await engine.close();
});
