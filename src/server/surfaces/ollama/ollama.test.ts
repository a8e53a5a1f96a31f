import { describe, expect, test } from "vitest";
import { FormworkError } from "../../../errors.js";
import { person, testApp } from "../../testing/app.js";
import type { FakeEngineOptions } from "../../testing/fakeEngine.js";

/** What Ollama's clients send and read. */

const user = { role: "user", content: "Ada" };
const call = { id: "c1", name: "weather", arguments: '{"city":"Bern"}' };
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];

async function send(path: string, body: object, options: FakeEngineOptions = {}) {
  const { post, engine } = testApp(options);
  const response = await post(path, body);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { lines, response, request: engine.requests[0] };
}

describe("/api/chat", () => {
  test("streams lines of JSON unless asked not to", async () => {
    const { lines, response, request } = await send(
      "/api/chat",
      {
        model: "fake:latest",
        messages: [{ role: "system", content: "Be brief." }, user],
        options: {
          temperature: 0,
          num_predict: 20,
          stop: ["END"],
          seed: 4,
          repeat_penalty: 1.2,
          num_ctx: 4096,
        },
        keep_alive: "5m",
      },
      { text: "Hello there" },
    );
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(lines.map(({ message }) => message.content).join("")).toBe("Hello there");
    expect(lines.map(({ done }) => done)).toEqual([false, false, false, true]);
    expect(lines.at(-1)).toMatchObject({
      model: "fake",
      done_reason: "stop",
      prompt_eval_count: 7,
      eval_count: 3,
      total_duration: 7_125_000,
      ignored: ["keep_alive", "options.num_ctx"],
    });
    expect(request).toMatchObject({
      format: { kind: "text" },
      model: "fake",
      maxTokens: 20,
      stop: ["END"],
      sampling: { temperature: 0, seed: 4, repetitionPenalty: 1.2 },
    });
  });

  test.each([
    ["a schema", person, { schema: JSON.stringify(person) }],
    ["any object", "json", { schema: '{"type":"object"}' }],
  ])("holds the answer to %s", async (_name, format, expected) => {
    const { lines, request } = await send(
      "/api/chat",
      { messages: [user], format, stream: false, options: { num_predict: -1 } },
      { finishReason: "length" },
    );
    expect(request).toMatchObject({ ...expected, maxTokens: 32_768 });
    expect(request.format).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      message: { role: "assistant", content: '{"name":"Ada"}' },
      done: true,
      done_reason: "stop",
      closed_early: true,
    });
  });

  test("calls tools, with arguments as objects, and reads their results", async () => {
    const options = { calls: [call], reasoning: "Hm." };
    const whole = await send("/api/chat", { messages: [user], tools, think: true, stream: false }, options);
    expect(whole.request).toMatchObject({ tools: { choice: "auto" }, reasoning: { enabled: true } });
    const { message } = whole.lines[0];
    expect(message).toEqual({
      role: "assistant",
      content: "",
      thinking: "Hm.",
      tool_calls: [{ function: { name: "weather", arguments: { city: "Bern" } } }],
    });
    const streamed = await send("/api/chat", { messages: [user], tools }, options);
    expect(streamed.lines.flatMap((line) => line.message.tool_calls ?? [])).toEqual(message.tool_calls);
    const { request } = await send("/api/chat", {
      messages: [user, message, { role: "tool", tool_name: "weather", content: "12 C" }],
      tools,
    });
    expect(request.messages).toEqual([
      user,
      {
        role: "assistant",
        content: "",
        reasoning: "Hm.",
        toolCalls: [{ id: "call_0", name: "weather", arguments: '{"city":"Bern"}' }],
      },
      { role: "tool", content: "12 C", name: "weather", toolCallId: "call_0" },
    ]);
  });
});

describe("/api/generate", () => {
  test("answers a prompt", async () => {
    const body = { model: "fake", prompt: "Ada", system: "Be brief.", stream: false, images: [], suffix: "" };
    const { lines, request } = await send("/api/generate", body, { text: "Hello" });
    expect(lines).toMatchObject([{ response: "Hello", done: true }]);
    expect(lines[0]).not.toHaveProperty("ignored");
    expect(request.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Ada" },
    ]);
  });

  test("refuses what it cannot do", async () => {
    for (const body of [
      {},
      { prompt: "x", suffix: "y" },
      { prompt: "x", raw: true },
      { prompt: "x", images: ["a"] },
    ]) {
      expect((await testApp().post("/api/generate", body)).status, JSON.stringify(body)).toBe(400);
    }
  });
});

test("a stream that fails on its way ends with the error", async () => {
  const options = { fail: new FormworkError("timeout", "Too slow."), failAfter: 1 };
  const { lines } = await send("/api/chat", { messages: [user] }, options);
  expect(lines.at(-1)).toMatchObject({ error: "Too slow.", code: "timeout" });
});

test("no model is running where none is loaded", async () => {
  const { app } = testApp({ status: { state: "idle", modelLoaded: false } });
  expect(await (await app.request("/api/ps")).json()).toEqual({ models: [] });
});

test("the model, its facts and the version", async () => {
  const { app, post } = testApp({}, { servedModelNames: ["llama3.2"] });
  const tags = (await (await app.request("/api/tags")).json()) as { models: { name: string }[] };
  expect(tags.models.map(({ name }) => name)).toEqual(["fake", "llama3.2"]);
  const running = (await (await app.request("/api/ps")).json()) as { models: unknown[] };
  expect(running.models).toMatchObject([{ name: "fake", expires_at: expect.any(String) }]);
  expect(await (await app.request("/api/version")).json()).toEqual({
    // Clients refuse servers that are too old for them.
    version: expect.stringMatching(/^0\.1[2-9]\./),
    formwork: expect.any(String),
  });
  expect((await post("/api/show", { model: "llama3.2:latest" })).status).toBe(200);
  expect((await post("/api/show", { model: "other" })).status).toBe(404);
  const known = testApp({ status: { contextLength: 4096 } });
  expect(await (await known.post("/api/show", { model: "default" })).json()).toMatchObject({
    model_info: { "general.architecture": "formwork", "formwork.context_length": 4096 },
  });
  expect(await (await known.app.request("/v1/models/default")).json()).toMatchObject({ max_model_len: 4096 });
});
