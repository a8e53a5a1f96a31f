import { describe, expect, test } from "vitest";
import { parseEvents, person, testApp } from "../../testing/app.js";
import { chat, user } from "./testing/chat.js";

/** What clients of OpenAI, vLLM and llama-server send, and what becomes of it. */

const personText = JSON.stringify(person);

describe("what the answer is held to", () => {
  const text = { format: { kind: "text" } };
  test.each<[name: string, body: object, request: object]>([
    ["nothing", {}, text],
    ["text", { response_format: { type: "text" } }, text],
    ["any object", { response_format: { type: "json_object" } }, { schema: '{"type":"object"}' }],
    [
      "json_schema",
      { response_format: { type: "json_schema", json_schema: { schema: person } } },
      { schema: personText },
    ],
    [
      "json_schema without its envelope",
      { response_format: { type: "json_schema", schema: person } },
      { schema: personText },
    ],
    [
      "json_object with a schema",
      { response_format: { type: "json_object", schema: person } },
      { schema: personText },
    ],
    [
      "json_object with response_schema",
      { response_format: { type: "json_object", response_schema: person } },
      { schema: personText },
    ],
    ["llama-server's json_schema", { json_schema: person }, { schema: personText }],
    ["guided_json", { guided_json: person }, { schema: personText }],
    ["guided_json as text", { guided_json: personText }, { schema: personText }],
    ["guided_regex", { guided_regex: "a+" }, { format: { kind: "regex", pattern: "a+" } }],
    ["guided_choice", { guided_choice: ["a", "b"] }, { format: { kind: "choice", choices: ["a", "b"] } }],
    ["structured_outputs.json", { structured_outputs: { json: person } }, { schema: personText }],
    [
      "structured_outputs.json_object",
      { structured_outputs: { json_object: true } },
      { schema: '{"type":"object"}' },
    ],
    [
      "structured_outputs.regex",
      { structured_outputs: { regex: "a+" } },
      { format: { kind: "regex", pattern: "a+" } },
    ],
    [
      "structured_outputs.choice",
      { structured_outputs: { choice: ["a"] } },
      { format: { kind: "choice", choices: ["a"] } },
    ],
    [
      "a text format beside guided_json",
      { response_format: { type: "text" }, guided_json: person },
      { schema: personText },
    ],
  ])("%s", async (_name, body, expected) => {
    const { request } = await chat(body);
    expect(request).toMatchObject(expected);
    if (!("format" in expected)) expect(request.format).toBeUndefined();
  });

  test("a schema reaches the engine as it was written", async () => {
    const { post, engine } = testApp();
    const schema = '{"const": 12345678901234567890, "title":"1"}';
    const format = `{"type":"json_schema","json_schema":{"name":"x","schema":${schema}}}`;
    await post(
      "/v1/chat/completions",
      `{"messages":[{"role":"user","content":"x"}],"response_format":${format}}`,
    );
    expect(engine.requests[0].schema).toBe(schema);
  });

  test("the description of json_schema stands at the root, where the model is told of it", async () => {
    const envelope = (schema: object) => ({
      response_format: { type: "json_schema", json_schema: { name: "p", description: "A person.", schema } },
    });
    const { request } = await chat(envelope(person));
    expect(JSON.parse(request.schema)).toEqual({ description: "A person.", ...person });
    const { request: own } = await chat(envelope({ ...person, description: "Own." }));
    expect(JSON.parse(own.schema).description).toBe("Own.");
  });

  test("strict is always closed", async () => {
    const format = { type: "json_schema", json_schema: { name: "p", schema: person, strict: true } };
    const { request } = await chat({ response_format: format, additional_members: "schema" });
    expect(request.additionalMembers).toBe("closed");
    const { request: open } = await chat({ guided_json: person, additional_members: "schema" });
    expect(open.additionalMembers).toBe("schema");
  });
});

describe("a conversation", () => {
  test("with calls, results, null content, refusals, names and several systems is read", async () => {
    const call = { id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } };
    const { request, answer } = await chat({
      messages: [
        { role: "system", content: "One." },
        { role: "developer", content: [{ type: "text", text: "Two." }] },
        { role: "user", content: "Weather?", name: "ada" },
        { role: "assistant", content: null, tool_calls: [call], refusal: null },
        { role: "tool", tool_call_id: "c1", content: [{ type: "text", text: "12 C" }] },
        { role: "assistant", content: [{ type: "refusal", refusal: "No." }], reasoning_content: "Hm." },
        { role: "assistant", content: "", function_call: { name: "add", arguments: "{}" } },
        { role: "function", name: "add", content: "3" },
        { role: "user", content: "Go" },
        { role: "system", content: "Last." },
      ],
    });
    expect(request.messages).toEqual([
      { role: "system", content: "One." },
      { role: "system", content: "Two." },
      { role: "user", content: "Weather?", name: "ada" },
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "c1", name: "weather", arguments: '{"city":"Bern"}' }],
      },
      { role: "tool", content: "12 C", toolCallId: "c1" },
      { role: "assistant", content: "No.", reasoning: "Hm." },
      { role: "assistant", content: "", toolCalls: [{ id: "call_6", name: "add", arguments: "{}" }] },
      { role: "tool", content: "3", name: "add", toolCallId: "call_6" },
      { role: "user", content: "Go" },
      { role: "system", content: "Last." },
    ]);
    expect(request.continueAssistant).toBeUndefined();
    expect(answer).not.toHaveProperty("ignored");
  });

  test("that ends with the assistant's words is continued", async () => {
    const { request } = await chat({ messages: [user, { role: "assistant", content: "Well," }] });
    expect(request.continueAssistant).toBe(true);
  });
});

describe("settings", () => {
  test("are honoured by all their names", async () => {
    const { request, answer } = await chat({
      stop: ["END"],
      presence_penalty: 0.5,
      frequency_penalty: -1,
      logit_bias: { "12": -100 },
      top_k: 5,
      min_p: 0.1,
      repeat_penalty: 1.1,
      logprobs: true,
      top_logprobs: 2,
      seed: 3,
      max_completion_tokens: 50,
      max_tokens: 60,
      reasoning_effort: "low",
    });
    expect(request).toMatchObject({
      stop: ["END"],
      topLogprobs: 2,
      maxTokens: 50,
      reasoning: { enabled: true, effort: "low" },
      sampling: {
        presencePenalty: 0.5,
        frequencyPenalty: -1,
        logitBias: { 12: -100 },
        topK: 5,
        minP: 0.1,
        repetitionPenalty: 1.1,
        seed: 3,
      },
    });
    // The other spelling has another value.
    expect(answer.ignored).toEqual(["max_tokens"]);
  });

  test("a stop of one text, top_k and thinking turned off", async () => {
    const { request } = await chat({
      stop: "END",
      top_k: -1,
      chat_template_kwargs: { enable_thinking: false },
    });
    expect(request).toMatchObject({ stop: ["END"], sampling: { topK: 0 }, reasoning: { enabled: false } });
  });

  test("several answers have seeds and places of their own", async () => {
    const { answer, engine } = await chat({ n: 3, seed: 7 });
    expect(engine.requests.map(({ sampling }) => sampling.seed)).toEqual([7, 8, 9]);
    expect(new Set(engine.requests.map(({ id }) => id)).size).toBe(3);
    expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 7, completion_tokens: 12 });
  });

  test("several answers are streamed side by side", async () => {
    const { post } = testApp({
      answer: ({ sampling }) => ({ text: JSON.stringify({ name: `Ada ${sampling.seed}` }) }),
    });
    const body = { messages: [user], n: 2, seed: 1, stream: true, stream_options: { include_usage: true } };
    const events = parseEvents(await (await post("/v1/chat/completions", body)).text());
    const texts = ["", ""];
    for (const { data } of events.slice(0, -1)) {
      for (const { index, delta } of JSON.parse(data).choices) texts[index] += delta.content ?? "";
    }
    expect(texts).toEqual(['{"name":"Ada 1"}', '{"name":"Ada 2"}']);
    expect(JSON.parse(events.at(-2)?.data ?? "").usage).toMatchObject({ completion_tokens: 8 });
  });

  test("log-probabilities are told of each token", async () => {
    const { choice } = await chat({ logprobs: true, top_logprobs: 1 });
    const { content } = choice.logprobs as { content: object[] };
    expect(content[0]).toMatchObject({
      token: '{"na',
      bytes: [123, 34, 110, 97],
      logprob: -0.5,
      masked_logprob: 0,
      forced: false,
      top_logprobs: [{ token: '{"na', logprob: -0.5, allowed: true }],
    });
  });

  test("a whole document closed by the budget has stopped; text cut by it has not", async () => {
    const { choice } = await chat({ guided_json: person }, { finishReason: "length" });
    expect(choice).toMatchObject({ finish_reason: "stop", closed_early: true });
    const { choice: text } = await chat({}, { finishReason: "length" });
    expect(text.finish_reason).toBe("length");
    expect(text).not.toHaveProperty("closed_early");
  });
});

describe("what is not honoured", () => {
  test("is named in the header and in the answer", async () => {
    const body = { store: true, user: "me", audio: null, stream_options: { other: 1 }, näme: 1 };
    const { answer, headers } = await chat(body);
    expect(answer.ignored).toEqual(["store", "user", "näme", "stream_options.other"]);
    expect(headers.get("x-formwork-ignored")).toBe("store, user, n?me, stream_options.other");
  });

  test("is named at the end of a stream", async () => {
    const response = await testApp().post("/v1/chat/completions", {
      messages: [user],
      store: true,
      stream: true,
    });
    expect(response.headers.get("x-formwork-ignored")).toBe("store");
    const last = parseEvents(await response.text()).at(-2);
    expect(JSON.parse(last?.data ?? "")).toMatchObject({ ignored: ["store"] });
  });

  test("by the engine, which knows it at the end, is named in the answer", async () => {
    const { answer } = await chat(
      { store: true, reasoning_effort: "low" },
      { ignored: ["reasoning.effort", "temperature"] },
    );
    expect(answer.ignored).toEqual(["store", "reasoning_effort"]);
  });

  test("because the engine cannot is named, or refused where it would change what the answer is", async () => {
    const { answer } = await chat({ top_k: 3, guided_json: person }, { kind: "openai" });
    expect(answer.ignored).toEqual(["top_k"]);
    const { post } = testApp({ kind: "openai" });
    expect((await post("/v1/chat/completions", { messages: [user] })).status).toBe(200);
    const response = await post("/v1/chat/completions", {
      messages: [user],
      logprobs: true,
      top_logprobs: 2,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_request", pointer: "/top_logprobs" });
  });
});

describe("names of the model", () => {
  test("default always, chosen ones, and any where * is chosen", async () => {
    const { request, answer } = await chat({ model: "default" });
    expect(request.model).toBeUndefined();
    expect(answer.model).toBe("default");
    const named = { servedModelNames: ["gpt-4o-mini"] };
    expect((await chat({ model: "gpt-4o-mini" }, {}, named)).request.model).toBeUndefined();
    expect((await chat({ model: "anything" }, {}, { servedModelNames: ["*"] })).answer.model).toBe(
      "anything",
    );
    const { post } = testApp({}, named);
    expect((await post("/v1/chat/completions", { messages: [user], model: "gpt-4" })).status).toBe(404);
  });

  test("are listed", async () => {
    const { app } = testApp(
      { status: { otherModels: ["adapter"] } },
      { servedModelNames: ["gpt-4o-mini", "*"] },
    );
    const list = (await (await app.request("/v1/models")).json()) as { data: { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual(["fake", "adapter", "gpt-4o-mini"]);
    expect((await app.request("/v1/models/adapter")).status).toBe(200);
  });
});
