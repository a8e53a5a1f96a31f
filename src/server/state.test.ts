import { describe, expect, test } from "vitest";
import { FormworkError } from "../errors.js";
import { person, testApp } from "./testing/app.js";

const good = { prompt: "Ada", schema: person };

describe("/health", () => {
  test("answers whatever the engine is up to, without waking it", async () => {
    const { app, engine } = testApp({ status: { state: "idle", modelLoaded: false } });
    const response = await app.request("/health");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "healthy",
      engine: "idle",
      model: "fake",
      model_loaded: false,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(engine.current.state).toBe("idle");
  });

  test("tells the stage of a load and the reason of a failure", async () => {
    const loading = testApp({ status: { state: "loading", stage: "download", progress: 0.5 } });
    expect(await (await loading.app.request("/health")).json()).toMatchObject({
      stage: "download",
      progress: 0.5,
    });
    const failed = testApp({ status: { state: "failed", error: "no such model" } });
    expect(await (await failed.app.request("/health")).json()).toMatchObject({ error: "no such model" });
  });
});

describe("/ready", () => {
  test.each(["idle", "loading", "failed"] as const)(
    "says 503 and when to ask again while %s",
    async (state) => {
      const { app } = testApp({ status: { state, retryAfterSeconds: 4 } });
      const response = await app.request("/ready");
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("4");
      expect(await response.json()).toMatchObject({ status: 503, code: "not_ready", retry_after: 4 });
    },
  );

  test("says 200 when ready", async () => {
    expect((await testApp().app.request("/ready")).status).toBe(200);
  });
});

describe("/warmup", () => {
  test("answers when the engine is ready", async () => {
    const { app } = testApp({ status: { state: "idle", modelLoaded: false } });
    const response = await app.request("/warmup");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "warm",
      model_loaded: true,
      model: "fake",
      ready_for_requests: true,
      load_ms: 12,
      stages: { load: 10, warmup: 2 },
    });
  });

  test("does not wait where the caller does not want to", async () => {
    const { app, engine } = testApp({ status: { state: "idle" }, delayMs: 20 });
    const response = await app.request("/warmup?wait=false");
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: "warming" });
    expect(engine.current.state).toBe("idle");
    await expect.poll(() => engine.current.state).toBe("ready");
    expect((await app.request("/warmup?wait=false")).status).toBe(200);
  });

  test("says why it cannot", async () => {
    const fail = new FormworkError("model_unavailable", "Tried the cache and the hub.");
    const { app } = testApp({ fail, status: { state: "idle" } });
    const response = await app.request("/warmup");
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: "model_unavailable" });
    expect((await app.request("/warmup?wait=false")).status).toBe(202);
  });
});

describe("/metrics", () => {
  test("counts requests by route and status, and passes the engine's counters on", async () => {
    const { app, engine, post } = testApp();
    Object.assign(engine.counters, {
      masks: 11,
      maskMicroseconds: 2_500_000,
      peakMemoryBytes: 4096,
      queued: 3,
    });
    await post("/generate", good);
    await (await post("/generate", { ...good, stream: true })).text();
    await post("/generate", { prompt: "p" });
    await app.request("/never/heard/of/1");
    await app.request("/never/heard/of/2");
    const response = await app.request("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain");
    const text = await response.text();
    const lines = text.split("\n");
    for (const line of [
      'formwork_http_requests_total{route="/generate",status="200"} 2',
      'formwork_http_requests_total{route="/generate",status="400"} 1',
      'formwork_http_requests_total{route="other",status="404"} 2',
      "formwork_first_token_seconds_count 2",
      'formwork_http_request_seconds_count{route="/generate"} 3',
      'formwork_engine_state{state="ready"} 1',
      'formwork_engine_state{state="idle"} 0',
      "formwork_engine_masks_total 11",
      "formwork_engine_mask_seconds_total 2.5",
      "formwork_engine_memory_peak_bytes 4096",
      "formwork_engine_queued_requests 3",
      "formwork_http_requests_in_flight 0",
    ]) {
      expect(lines).toContain(line);
    }
  });

  test("counts a stream that fails on its way by its outcome", async () => {
    const fail = new FormworkError("timeout", "Too slow.");
    const { app, post } = testApp({ fail, failAfter: 1 });
    await (await post("/generate", { ...good, stream: true })).text();
    const text = await (await app.request("/metrics")).text();
    expect(text).toContain('formwork_http_requests_total{route="/generate",status="504"} 1');
  });
});

describe("other paths and methods", () => {
  test("404 in the body of every error", async () => {
    const response = await testApp().app.request("/nowhere");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: expect.stringContaining("/nowhere"),
      status: 404,
      code: "not_found",
    });
  });

  test.each([
    ["GET", "/generate", "POST"],
    ["DELETE", "/health", "GET, HEAD"],
    ["POST", "/warmup", "GET, HEAD"],
    ["PUT", "/v1/chat/completions", "POST"],
  ])("405 for %s %s", async (method, path, allowed) => {
    const response = await testApp().app.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allowed);
    expect(await response.json()).toMatchObject({ status: 405, code: "method_not_allowed" });
  });

  test("HEAD answers as GET without a body", async () => {
    const response = await testApp().app.request("/health", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("keys", () => {
  const config = { apiKeys: ["one", "two"] };
  test("open nothing but the page and the sign of life without one", async () => {
    const { app, post } = testApp({}, config);
    expect((await app.request("/health")).status).toBe(200);
    expect((await app.request("/")).status).toBe(200);
    for (const path of ["/ready", "/warmup", "/metrics", "/openapi.json", "/v1/models", "/nowhere"]) {
      expect((await app.request(path)).status, path).toBe(401);
    }
    const response = await post("/generate", good);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await response.json()).toMatchObject({ status: 401, code: "unauthorized" });
  });

  test.each([
    ["Bearer one", 200],
    ["bearer two", 200],
    ["Bearer three", 401],
    ["Bearer onetwo", 401],
    ["Bearer ", 401],
    ["Basic one", 401],
    ["one", 401],
  ])("%s -> %i", async (authorization, status) => {
    const { post } = testApp({}, config);
    expect((await post("/generate", good, { authorization })).status).toBe(status);
  });
});

describe("other origins", () => {
  test("are let in where configured only", async () => {
    const headers = { origin: "https://a.example" };
    const closed = await testApp().app.request("/health", { headers });
    expect(closed.headers.get("access-control-allow-origin")).toBeNull();
    const { app } = testApp({}, { corsOrigins: ["https://a.example"], apiKeys: ["k"] });
    const open = await app.request("/health", { headers });
    expect(open.headers.get("access-control-allow-origin")).toBe("https://a.example");
    const preflight = await app.request("/generate", {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
  });
});
