import { describe, expect, test } from "vitest";
import { FormworkError, SchemaError } from "../../../errors.js";
import { parseEvents, person, testApp } from "../../testing/app.js";

const good = { prompt: "Ada", schema: person };

describe("a whole answer", () => {
  test("has the members of the contract, and the output under its other names", async () => {
    const { post } = testApp();
    const response = await post("/generate", good, { "x-request-id": "mine-1" });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-request-id")).toBe("mine-1");
    expect(await response.json()).toEqual({
      output: { name: "Ada" },
      ir_json: { name: "Ada" },
      text: { name: "Ada" },
      tokens_used: 4,
      generation_time_ms: 7.13,
      finish_reason: "stop",
      usage: { prompt_tokens: 7, cached_tokens: 2, completion_tokens: 4, forced_tokens: 1 },
      timings: { queue_ms: 0, compile_ms: 1, prefill_ms: 2, first_token_ms: 3, decode_ms: 4 },
      model: "fake",
      request_id: "mine-1",
    });
  });

  test("repeats the output under the configured names only", async () => {
    const { post } = testApp({}, { aliases: ["document"] });
    const answer = (await (await post("/generate", good)).json()) as Record<string, unknown>;
    expect(answer["document"]).toEqual({ name: "Ada" });
    expect(answer).not.toHaveProperty("ir_json");
    expect(answer).not.toHaveProperty("text");
  });

  test("reaches the engine with the defaults of the contract", async () => {
    const { post, engine } = testApp();
    await post("/generate", { ...good, system: "Be brief.", unknown: 1, temperature: null });
    expect(engine.requests[0]).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Ada" },
      ],
      schema: JSON.stringify(person),
      maxTokens: 2048,
      sampling: { temperature: 0.3, topP: 0.95, topK: 0, minP: 0, repetitionPenalty: 1 },
      deadlineMs: 600_000,
    });
  });

  test("reaches the engine with what the caller set", async () => {
    const { post, engine } = testApp();
    await post("/generate", { ...good, max_tokens: 9, temperature: 0, top_p: 1, seed: -3, schema: true });
    expect(engine.requests[0]).toMatchObject({
      schema: "true",
      maxTokens: 9,
      sampling: { temperature: 0, topP: 1, seed: -3 },
    });
  });

  test("needs no content type, as `curl -d` sends a wrong one", async () => {
    const { app } = testApp();
    for (const type of ["application/x-www-form-urlencoded", "multipart/form-data", "nonsense;;;"]) {
      const response = await app.request("/generate", {
        method: "POST",
        headers: { "content-type": type },
        body: JSON.stringify(good),
      });
      expect(response.status, type).toBe(200);
    }
  });

  test("makes up an id where the caller's could not stand in a header or a log", async () => {
    const { post } = testApp();
    const response = await post("/generate", good, { "x-request-id": 'a"b c' });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("tools alone, even none, ask for text", async () => {
  const { engine, post } = testApp();
  await post("/generate", { prompt: "Hi", tools: [] });
  expect(engine.requests[0]).toMatchObject({ format: { kind: "text" } });
  expect(engine.requests[0]).not.toHaveProperty("tools");
});

describe("a request at fault", () => {
  const deep = `{"prompt":"p","schema":${'{"not":'.repeat(5000)}{}${"}".repeat(5000)}}`;
  const cases: [
    name: string,
    body: unknown,
    status: number,
    code: string,
    pointer: string | undefined,
    text?: string,
  ][] = [
    ["no prompt", { schema: person }, 400, "missing_field", "/prompt", "Missing required field: prompt"],
    [
      "an empty prompt",
      { prompt: "", schema: person },
      400,
      "missing_field",
      "/prompt",
      "Missing required field: prompt",
    ],
    ["no schema", { prompt: "p" }, 400, "missing_field", "/schema", "Missing required field: schema"],
    [
      "a null schema",
      { prompt: "p", schema: null },
      400,
      "missing_field",
      "/schema",
      "Missing required field: schema",
    ],
    ["neither", {}, 400, "missing_field", "/prompt", "Missing required field: prompt"],
    ["a prompt of another type", { ...good, prompt: 3 }, 400, "invalid_request", "/prompt"],
    ["a schema whose text is no JSON", { ...good, schema: "{" }, 400, "invalid_request", "/schema"],
    ["a schema as a list", { ...good, schema: [] }, 400, "invalid_request", "/schema"],
    ["a system of another type", { ...good, system: [] }, 400, "invalid_request", "/system"],
    ["no token", { ...good, max_tokens: 0 }, 400, "invalid_request", "/max_tokens"],
    ["half a token", { ...good, max_tokens: 1.5 }, 400, "invalid_request", "/max_tokens"],
    ["too many tokens", { ...good, max_tokens: 1e9 }, 400, "invalid_request", "/max_tokens"],
    ["tokens as text", { ...good, max_tokens: "12" }, 400, "invalid_request", "/max_tokens"],
    ["a negative temperature", { ...good, temperature: -1 }, 400, "invalid_request", "/temperature"],
    ["a temperature as a list", { ...good, temperature: [1] }, 400, "invalid_request", "/temperature"],
    ["top_p over 1", { ...good, top_p: 1.1 }, 400, "invalid_request", "/top_p"],
    ["a fractional seed", { ...good, seed: 0.5 }, 400, "invalid_request", "/seed"],
    ["a seed past the integers", { ...good, seed: 1e300 }, 400, "invalid_request", "/seed"],
    ["stream as text", { ...good, stream: "yes" }, 400, "invalid_request", "/stream"],
    ["a model of another type", { ...good, model: {} }, 400, "invalid_request", "/model"],
    ["another model", { ...good, model: "gpt-0" }, 404, "unknown_model", undefined],
    ["no JSON", "{prompt: 1}", 400, "invalid_json", undefined],
    ["half of JSON", '{"prompt":', 400, "invalid_json", undefined],
    ["nothing", "", 400, "invalid_json", undefined],
    ["a list", "[]", 400, "invalid_request", ""],
    ["null", "null", 400, "invalid_request", ""],
    ["inherited members", '{"__proto__":{"prompt":"p","schema":{}}}', 400, "missing_field", "/prompt"],
    ["members of every object", '{"constructor":1,"toString":2}', 400, "missing_field", "/prompt"],
    ["bottomless nesting", deep, 400, "invalid_json", undefined],
    ["bottomless lists", "[".repeat(200_000), 400, "invalid_json", undefined],
  ];
  test.each(cases)("%s", async (_name, body, status, code, pointer, text) => {
    const { post, engine } = testApp();
    const response = await post("/generate", body);
    const failure = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(status);
    expect(failure).toMatchObject({ status, code });
    expect(failure["pointer"]).toBe(pointer);
    expect(failure["error"]).toEqual(text ?? expect.any(String));
    expect(engine.counters.completionTokens).toBe(0);
  });

  test("bytes that are no text", async () => {
    const { app } = testApp();
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
    const response = await app.request("/generate", { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_json" });
  });

  test("a body over the limit, declared or not", async () => {
    const { app, post } = testApp({}, { bodyLimitBytes: 1000 });
    const long = JSON.stringify({ ...good, prompt: "x".repeat(2000) });
    expect((await post("/generate", long)).status).toBe(413);
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(long));
        controller.close();
      },
    });
    const undeclared = new Request("http://localhost/generate", {
      method: "POST",
      body: chunked,
      duplex: "half",
    } as RequestInit);
    const response = await app.request(undeclared);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ status: 413, code: "body_too_large" });
  });

  test("a body in a coding that is not supported, or not in the one that it names", async () => {
    const { post } = testApp();
    const unknown = await post("/generate", good, { "content-encoding": "zstd" });
    expect(unknown.status).toBe(415);
    expect(unknown.headers.get("accept-encoding")).toBe("gzip, deflate, br");
    const response = await post("/generate", good, { "content-encoding": "gzip" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request" });
  });
});

describe("a failure of the engine", () => {
  test("keeps its status, code, pointer and keyword", async () => {
    const fail = new SchemaError("unsupported_schema", "No back-references.", "/properties/x", "pattern");
    const response = await testApp({ fail }).post("/generate", good);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: "No back-references.",
      status: 400,
      code: "unsupported_schema",
      pointer: "/properties/x",
      keyword: "pattern",
    });
  });

  test("says when to come back", async () => {
    const fail = new FormworkError("queue_full", "64 requests wait already.", { retryAfterSeconds: 2.2 });
    const response = await testApp({ fail }).post("/generate", good);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("3");
  });

  test("keeps the inside of a bug to the log", async () => {
    const response = await testApp({ fail: new TypeError("secret path /home/x") }).post("/generate", good);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });
});

describe("a streamed answer", () => {
  test("starts, adds up to the document and finishes with the whole answer", async () => {
    const { post } = testApp({ text: '{"name":"Grüße 🎉"}' });
    const whole = await (await post("/generate", good, { "x-request-id": "a" })).json();
    const response = await post("/generate", { ...good, stream: true }, { "x-request-id": "a" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = parseEvents(await response.text());
    expect(events[0]).toEqual({
      name: "start",
      data: '{"request_id":"a","prompt_tokens":7,"cached_tokens":2}',
    });
    const deltas = events.filter(({ name }) => name === "delta").map(({ data }) => JSON.parse(data).text);
    expect(deltas.join("")).toBe('{"name":"Grüße 🎉"}');
    expect(events.at(-1)?.name).toBe("finish");
    expect(JSON.parse(events.at(-1)?.data ?? "")).toEqual(whole);
  });

  test("has a real status where it fails before the start", async () => {
    const fail = new FormworkError("budget_too_small", "At least 9 tokens are needed.");
    const response = await testApp({ fail }).post("/generate", { ...good, stream: true });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "budget_too_small" });
  });

  test("ends with an error where it fails on the way", async () => {
    const fail = new FormworkError("engine_unavailable", "The engine process ended.");
    const response = await testApp({ fail, failAfter: 2 }).post("/generate", { ...good, stream: true });
    expect(response.status).toBe(200);
    const events = parseEvents(await response.text());
    expect(events.map(({ name }) => name)).toEqual(["start", "delta", "delta", "error"]);
    expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({ status: 503, code: "engine_unavailable" });
  });

  test("stops the engine when its reader leaves", async () => {
    const { post, engine } = testApp({ text: `"${"x".repeat(4000)}"`, delayMs: 5 });
    const response = await post("/generate", { ...good, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(engine.counters.active).toBe(1);
    await reader?.cancel();
    expect(engine.counters).toMatchObject({ active: 0, completionTokens: 0 });
  });
});
