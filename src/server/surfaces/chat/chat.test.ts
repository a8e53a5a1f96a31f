import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from "openai";
import { describe, expect, test } from "vitest";
import { FormworkError } from "../../../errors.js";
import { parseEvents, person, testApp } from "../../testing/app.js";
import type { FakeEngineOptions } from "../../testing/fakeEngine.js";

const format = { type: "json_schema" as const, json_schema: { name: "person", schema: person } };
const messages = [{ role: "user" as const, content: "Ada" }];

/** OpenAI's own client, whose requests go straight into an app. */
function openai(engineOptions: FakeEngineOptions = {}, apiKeys: string[] = []) {
  const { app, engine } = testApp(engineOptions, { apiKeys });
  const client = new OpenAI({
    apiKey: "one",
    baseURL: "http://localhost/v1",
    maxRetries: 0,
    fetch: async (input, init) => app.request(input as string, init as RequestInit),
  });
  return { client, engine };
}

describe("OpenAI's client", () => {
  test("lists the model", async () => {
    const { client } = openai();
    const models = await client.models.list();
    expect(models.data).toMatchObject([{ id: "fake", object: "model", owned_by: "formwork" }]);
    expect(await client.models.retrieve("fake")).toMatchObject({ id: "fake" });
    await expect(client.models.retrieve("org/other")).rejects.toThrow(NotFoundError);
  });

  test("gets a whole completion", async () => {
    const { client, engine } = openai();
    const completion = await client.chat.completions.create({
      model: "fake",
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Ada " },
            { type: "text", text: "L." },
          ],
        },
        { role: "assistant", content: "{}" },
        { role: "user", content: "Again" },
      ],
      response_format: format,
      max_completion_tokens: 33,
      temperature: 0,
      seed: 5,
    });
    expect(completion).toMatchObject({
      object: "chat.completion",
      model: "fake",
      choices: [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: '{"name":"Ada"}' } },
      ],
      usage: {
        prompt_tokens: 7,
        completion_tokens: 4,
        total_tokens: 11,
        prompt_tokens_details: { cached_tokens: 2 },
      },
    });
    expect(engine.requests[0]).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Ada L." },
        { role: "assistant", content: "{}" },
        { role: "user", content: "Again" },
      ],
      schema: JSON.stringify(person),
      model: "fake",
      maxTokens: 33,
      sampling: { temperature: 0, seed: 5 },
    });
  });

  test("parses the document", async () => {
    const { client } = openai();
    const completion = await client.chat.completions.parse({
      model: "fake",
      messages,
      response_format: format,
    });
    expect(completion.choices[0].message.parsed).toEqual({ name: "Ada" });
  });

  test("gets a stream with role, text, reason and usage", async () => {
    const { client } = openai({ finishReason: "length" });
    const stream = await client.chat.completions.create({
      model: "fake",
      messages,
      response_format: format,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    const reasons: unknown[] = [];
    const early: unknown[] = [];
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (chunk.choices[0]?.finish_reason) reasons.push(chunk.choices[0].finish_reason);
      early.push((chunk.choices[0] as { closed_early?: true } | undefined)?.closed_early);
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('{"name":"Ada"}');
    expect(reasons).toEqual(["stop"]);
    expect(early).toContain(true);
    expect(usage).toMatchObject({ total_tokens: 11 });
  });

  test("sees a stream that fails on its way as an error", async () => {
    const { client } = openai({ fail: new FormworkError("timeout", "Too slow."), failAfter: 1 });
    const stream = await client.chat.completions.create({
      model: "fake",
      messages,
      response_format: format,
      stream: true,
    });
    const reading = (async () => {
      for await (const _ of stream);
    })();
    await expect(reading).rejects.toThrow(APIError);
    await expect(reading).rejects.toThrow("Too slow.");
  });

  test("sees failures as its own errors, with code and parameter", async () => {
    const { client } = openai();
    const call = client.chat.completions.create({
      model: "fake",
      messages,
      temperature: 3,
      response_format: format,
    });
    await expect(call).rejects.toThrow(BadRequestError);
    await expect(call).rejects.toMatchObject({ status: 400, code: "invalid_request", param: "/temperature" });
    await expect(
      client.chat.completions.create({ model: "gpt-0", messages, response_format: format }),
    ).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });

  test("needs a key where keys are asked for", async () => {
    expect((await openai({}, ["one"]).client.models.list()).data).toHaveLength(1);
    await expect(openai({}, ["two"]).client.models.list()).rejects.toThrow(AuthenticationError);
  });
});

describe("a chat request at fault", () => {
  const good = { messages, response_format: format };
  const weather = { type: "function", function: { name: "weather", parameters: { type: "object" } } };
  test.each([
    ["no messages", { response_format: format }, "missing_field", "/messages"],
    ["no message", { ...good, messages: [] }, "missing_field", "/messages"],
    ["messages as text", { ...good, messages: "hi" }, "invalid_request", "/messages"],
    ["a message as text", { ...good, messages: ["hi"] }, "invalid_request", "/messages/0"],
    ["no role", { ...good, messages: [{ content: "x" }] }, "missing_field", "/messages/0/role"],
    [
      "an inherited role",
      { ...good, messages: [{ role: "toString", content: "x" }] },
      "invalid_request",
      "/messages/0/role",
    ],
    ["no content", { ...good, messages: [{ role: "user" }] }, "missing_field", "/messages/0/content"],
    [
      "an image",
      { ...good, messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      "invalid_request",
      "/messages/0/content/0/type",
    ],
    [
      "a call without an id",
      { messages: [...messages, { role: "assistant", tool_calls: [{ function: { name: "f" } }] }] },
      "missing_field",
      "/messages/1/tool_calls/0/id",
    ],
    [
      "an unknown format",
      { ...good, response_format: { type: "xml" } },
      "invalid_request",
      "/response_format/type",
    ],
    [
      "no schema",
      { ...good, response_format: { type: "json_schema", json_schema: {} } },
      "missing_field",
      "/response_format/json_schema/schema",
    ],
    ["two formats", { ...good, guided_regex: "a" }, "invalid_request", "/guided_regex"],
    ["a grammar", { messages, guided_grammar: "root ::= x" }, "invalid_request", "/guided_grammar"],
    [
      "a structural tag",
      { messages, structured_outputs: { structural_tag: "{}" } },
      "invalid_request",
      "/structured_outputs/structural_tag",
    ],
    ["no choice", { messages, guided_choice: [] }, "invalid_request", "/guided_choice"],
    ["too many answers", { ...good, n: 1000 }, "invalid_request", "/n"],
    ["a tool without a name", { ...good, tools: [{}] }, "missing_field", "/tools/0/name"],
    [
      "a tool of another kind",
      { ...good, tools: [{ type: "web_search" }] },
      "invalid_request",
      "/tools/0/type",
    ],
    ["two tools of one name", { ...good, tools: [weather, weather] }, "invalid_request", "/tools"],
    [
      "an unknown tool to call",
      { ...good, tools: [weather], tool_choice: { type: "function", function: { name: "f" } } },
      "invalid_request",
      "/tool_choice",
    ],
    ["a call without tools", { ...good, tool_choice: "required" }, "invalid_request", "/tool_choice"],
    ["alternatives alone", { ...good, top_logprobs: 3 }, "invalid_request", "/top_logprobs"],
    [
      "too many alternatives",
      { ...good, logprobs: true, top_logprobs: 99 },
      "invalid_request",
      "/top_logprobs",
    ],
    ["sound", { ...good, modalities: ["text", "audio"] }, "invalid_request", "/modalities"],
    ["a bias by name", { ...good, logit_bias: { cat: 1 } }, "invalid_request", "/logit_bias/cat"],
    ["an empty stop among others", { messages, stop: ["", "x"] }, "invalid_request", "/stop"],
    ["stream options as text", { ...good, stream_options: "x" }, "invalid_request", "/stream_options"],
  ])("%s", async (_name, body, code, pointer) => {
    const response = await testApp().post("/v1/chat/completions", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), type: "invalid_request_error", code, param: pointer },
      status: 400,
      code,
      pointer,
    });
  });

  test("a prompt too long has the code that clients of OpenAI look for", async () => {
    const fail = new FormworkError("prompt_too_long", "Too long.");
    const response = await testApp({ fail }).post("/v1/chat/completions", good);
    expect(await response.json()).toMatchObject({ error: { code: "context_length_exceeded" } });
  });

  test("a stream ends with [DONE], failed or not", async () => {
    for (const options of [{}, { fail: new FormworkError("timeout", "Too slow."), failAfter: 1 }]) {
      const response = await testApp(options).post("/v1/chat/completions", { ...good, stream: true });
      expect(parseEvents(await response.text()).at(-1)?.data).toBe("[DONE]");
    }
  });
});
