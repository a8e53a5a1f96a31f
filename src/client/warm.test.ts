import { expect, test } from "vitest";
import { createClient, isWarm, type WarmProgress, waitUntilWarm } from "./index.js";
import { IDLE, LOADING, READY, WARM } from "./testing/answers.js";
import { breakOff, json, scriptedServer, silence, text } from "./testing/scriptedServer.js";

const RETRIES = { connect: 0, firstPause: 5, maxPause: 20 };

test("tells the stage and the time until the server is warm", async () => {
  let warmingUp = () => {};
  const isWarmingUp = new Promise<void>((resolve) => {
    warmingUp = resolve;
  });
  await using server = await scriptedServer({
    "GET /health": [json(IDLE), json(LOADING), json({ ...LOADING, stage: "warmup", progress: undefined })],
    "GET /warmup": async (request, response) => {
      await isWarmingUp;
      await json(WARM)(request, response);
    },
  });
  const seen: WarmProgress[] = [];
  const report = await waitUntilWarm(createClient({ baseUrl: server.url, retries: RETRIES }), {
    intervalMs: 10,
    onProgress: (progress) => {
      seen.push(progress);
      if (progress.stage === "warmup") warmingUp();
    },
  });
  expect(report).toMatchObject({ model: "scripted", loadMs: 40 });
  expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(["idle", "load", "warmup"]);
  expect(seen.find(({ stage }) => stage === "load")?.progress).toBe(0.5);
  expect(Object.keys(report.stages)).toEqual(["connect", "idle", "load", "warmup"]);
  const elapsed = seen.map(({ elapsedMs }) => elapsedMs);
  expect(elapsed).toEqual([...elapsed].sort((one, other) => one - other));
});

test("waits through a server that is not up, 503 and broken connections", async () => {
  await using server = await scriptedServer({
    "GET /health": breakOff,
    "GET /warmup": [breakOff, text("no replica", 503), text("bad gateway", 502), json(WARM)],
  });
  const report = await waitUntilWarm(createClient({ baseUrl: server.url, retries: RETRIES }), {
    intervalMs: 5,
  });
  expect(report.model).toBe("scripted");
  expect(server.to("/warmup")).toHaveLength(4);
});

test("fails at once on what waiting cannot cure", async () => {
  await using server = await scriptedServer({
    "GET /warmup": [
      text("expired", 401),
      json({ error: "No model.", status: 500, code: "model_unavailable" }, 500),
    ],
  });
  const client = createClient({ baseUrl: server.url, retries: RETRIES });
  await expect(waitUntilWarm(client)).rejects.toMatchObject({ code: "unauthorized" });
  await expect(waitUntilWarm(client)).rejects.toMatchObject({
    code: "model_unavailable",
    message: "No model.",
  });
  expect(server.to("/warmup")).toHaveLength(2);
});

test("gives up when the time is up, and when told to", async () => {
  await using server = await scriptedServer({ "GET /warmup": silence });
  const client = createClient({ baseUrl: server.url, retries: RETRIES });
  await expect(waitUntilWarm(client, { timeoutMs: 60, intervalMs: 10 })).rejects.toMatchObject({
    code: "timeout",
  });
  const stopped = waitUntilWarm(client, { signal: AbortSignal.timeout(30), onProgress: () => {} });
  await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  await Promise.all(server.to("/warmup").map((request) => request.left));
});

test("a wish to warm is answered at once; a look wakes nothing", async () => {
  await using server = await scriptedServer({
    "GET /health": [json(IDLE), json(READY)],
    "GET /warmup": json({ status: "warming", model_loaded: false, ready_for_requests: false }, 202),
    "GET /ready": [
      json({ error: "Loading.", status: 503, code: "not_ready" }, 503, { "retry-after": "3" }),
      json({}),
    ],
  });
  const client = createClient({ baseUrl: server.url, retries: RETRIES });
  expect((await client.warmup({ wait: false })).status).toBe("warming");
  expect(server.to("/warmup")[0].url).toBe("/warmup?wait=false");
  expect(await isWarm(client)).toBe(false);
  expect(await isWarm(client)).toBe(true);
  expect(await client.ready()).toEqual({ ready: false, retryAfterSeconds: 3 });
  expect(await client.ready()).toEqual({ ready: true });
  expect(server.to("/warmup")).toHaveLength(1);
});

test("/health may live elsewhere", async () => {
  await using server = await scriptedServer({ "GET /apart": json(READY) });
  const client = createClient({ baseUrl: "http://127.0.0.1:9", healthUrl: `${server.url}/apart` });
  expect((await client.health()).engine).toBe("ready");
});
