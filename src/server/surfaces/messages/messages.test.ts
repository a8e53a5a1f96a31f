import { describe, expect, test } from "vitest";
import { FormworkError } from "../../../errors.js";
import { parseEvents, person, testApp } from "../../testing/app.js";
import type { FakeEngineOptions } from "../../testing/fakeEngine.js";

/** What Anthropic's clients send and read. */

const user = { role: "user", content: "Ada" };
const call = { id: "toolu_1", name: "weather", arguments: '{"city":"Bern"}' };
const weather = { name: "weather", description: "Now.", input_schema: { type: "object" } };

async function send(body: object, options: FakeEngineOptions = {}) {
  const { post, engine } = testApp(options);
  const response = await post("/v1/messages", {
    model: "default",
    max_tokens: 99,
    messages: [user],
    ...body,
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return { answer, request: engine.requests[0] };
}

test("the tokens of a prompt are counted, and nothing is written for it", async () => {
  const { post, engine } = testApp();
  const body = { model: "default", messages: [user], system: "Be brief.", tools: [weather] };
  const response = await post("/v1/messages/count_tokens", body);
  expect(await response.json()).toEqual({ input_tokens: 7 });
  expect(engine.requests[0]).toMatchObject({ messages: [{ content: "Be brief." }, user], tools: {} });
  expect(engine.counters.completionTokens).toBe(0);
  const failed = await post("/v1/messages/count_tokens", { ...body, messages: [] });
  expect(failed.status).toBe(400);
  expect(await failed.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
});

describe("a message", () => {
  test("that ended at a stop sequence names it", async () => {
    const { answer } = await send({ stop_sequences: ["END"] }, { text: "Hello", stopText: "END" });
    expect(answer).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "END" });
  });

  test("of text", async () => {
    const { answer, request } = await send(
      {
        system: [{ type: "text", text: "Be brief." }],
        stop_sequences: ["END"],
        top_k: 4,
        metadata: { user_id: "u" },
      },
      { text: "Hello" },
    );
    expect(answer).toEqual({
      id: expect.stringMatching(/^msg_/),
      type: "message",
      role: "assistant",
      model: "default",
      content: [{ type: "text", text: "Hello" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: {
        input_tokens: 5,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 2,
        output_tokens: 2,
      },
      ignored: ["metadata"],
    });
    expect(request).toMatchObject({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Ada" },
      ],
      format: { kind: "text" },
      stop: ["END"],
      maxTokens: 99,
      sampling: { topK: 4 },
    });
  });

  test("that is a document", async () => {
    const format = { type: "json_schema", schema: person };
    for (const body of [{ output_config: { format } }, { output_format: format }]) {
      const { answer, request } = await send(body, { finishReason: "length" });
      expect(request).toMatchObject({ schema: JSON.stringify(person) });
      expect(request.format).toBeUndefined();
      expect(answer).toMatchObject({ stop_reason: "end_turn", closed_early: true });
    }
  });

  test("cut by the budget", async () => {
    expect((await send({}, { text: "x", finishReason: "length" })).answer["stop_reason"]).toBe("max_tokens");
  });

  test("with thinking and calls, and the conversation that goes on from there", async () => {
    const options = { calls: [call], reasoning: "Hm.", text: "Let me see." };
    const { answer, request } = await send(
      { tools: [weather], tool_choice: { type: "any" }, thinking: { type: "enabled", budget_tokens: 30 } },
      options,
    );
    expect(answer).toMatchObject({
      content: [
        { type: "thinking", thinking: "Hm." },
        { type: "text", text: "Let me see." },
        { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Bern" } },
      ],
      stop_reason: "tool_use",
    });
    expect(request).toMatchObject({
      tools: {
        choice: "required",
        parallel: true,
        tools: [{ name: "weather", parameters: '{"type":"object"}' }],
      },
      reasoning: { enabled: true, maxTokens: 30 },
    });
    const { request: next, answer: last } = await send({
      messages: [
        user,
        { role: "assistant", content: answer["content"] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "12 C" }] },
            { type: "text", text: "And now?", cache_control: { type: "ephemeral" } },
          ],
        },
      ],
      tools: [weather],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
      thinking: { type: "disabled" },
    });
    expect(next.messages).toEqual([
      { role: "user", content: "Ada" },
      { role: "assistant", content: "Let me see.", reasoning: "Hm.", toolCalls: [call] },
      { role: "tool", content: "12 C", toolCallId: "toolu_1" },
      { role: "user", content: "And now?" },
    ]);
    expect(next).toMatchObject({ tools: { choice: "auto", parallel: false }, reasoning: { enabled: false } });
    expect(last).not.toHaveProperty("ignored");
  });

  test("that the caller began is continued", async () => {
    const { request } = await send({ messages: [user, { role: "assistant", content: "Well," }] });
    expect(request.continueAssistant).toBe(true);
  });
});

test("a stream is the same message, block by block", async () => {
  const { post } = testApp({ calls: [call], reasoning: "Hm, so.", text: "Let me see." });
  const body = { messages: [user], tools: [weather], stream: true };
  const events = parseEvents(await (await post("/v1/messages", body)).text()).map(({ name, data }) => {
    const event = JSON.parse(data);
    expect(event.type).toBe(name);
    return event;
  });
  const types = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
  const block = ["content_block_start", "content_block_delta", "content_block_stop"];
  expect(types).toEqual(["message_start", ...block, ...block, ...block, "message_delta", "message_stop"]);
  expect(events[0].message).toMatchObject({ content: [], stop_reason: null, usage: { input_tokens: 5 } });
  const starts = events.filter(({ type }) => type === "content_block_start");
  expect(starts.map(({ index, content_block }) => [index, content_block.type])).toEqual([
    [0, "thinking"],
    [1, "text"],
    [2, "tool_use"],
  ]);
  const deltas = events.filter(({ type }) => type === "content_block_delta").map(({ delta }) => delta);
  const joined = (member: string) => deltas.map((delta) => delta[member] ?? "").join("");
  expect([joined("thinking"), joined("text"), joined("partial_json")]).toEqual([
    "Hm, so.",
    "Let me see.",
    call.arguments,
  ]);
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } });
});

test("failures have the shape of Anthropic's API, before a stream and in it", async () => {
  const { post } = testApp();
  const missing = await post("/v1/messages", {});
  expect(missing.status).toBe(400);
  expect(await missing.json()).toMatchObject({
    type: "error",
    error: { type: "invalid_request_error", message: "Missing required field: messages" },
    pointer: "/messages",
  });
  const full = testApp({ fail: new FormworkError("queue_full", "Full.") });
  expect(await (await full.post("/v1/messages", { messages: [user] })).json()).toMatchObject({
    error: { type: "overloaded_error" },
  });
  const broken = testApp({ fail: new FormworkError("timeout", "Too slow."), failAfter: 1 });
  const events = parseEvents(
    await (await broken.post("/v1/messages", { messages: [user], stream: true })).text(),
  );
  expect(events.at(-1)?.name).toBe("error");
  expect(JSON.parse(events.at(-1)?.data ?? "")).toMatchObject({
    type: "error",
    error: { type: "timeout_error" },
  });
});

test("a key may stand where Anthropic's clients put it", async () => {
  const { post } = testApp({}, { apiKeys: ["k"] });
  const status = async (headers: Record<string, string>) =>
    (await post("/v1/messages", { messages: [user] }, headers)).status;
  expect(await status({ "x-api-key": "k" })).toBe(200);
  expect(await status({ "x-api-key": "other" })).toBe(401);
  expect(await status({})).toBe(401);
});

test.each([
  ["an image", { messages: [{ role: "user", content: [{ type: "image" }] }] }, "/messages/0/content/0/type"],
  [
    "a tool of the server",
    { messages: [user], tools: [{ type: "web_search_1", name: "w" }] },
    "/tools/0/type",
  ],
  [
    "an unknown tool",
    { messages: [user], tools: [weather], tool_choice: { type: "tool", name: "x" } },
    "/tool_choice",
  ],
  [
    "a result without its call",
    { messages: [{ role: "user", content: [{ type: "tool_result" }] }] },
    "/messages/0/content/0/tool_use_id",
  ],
])("refuses %s", async (_name, body, pointer) => {
  const response = await testApp().post("/v1/messages", body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ pointer });
});
