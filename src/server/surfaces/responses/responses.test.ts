import OpenAI, { APIError } from "openai";
import { describe, expect, test } from "vitest";
import { FormworkError } from "../../../errors.js";
import { parseEvents, person, testApp } from "../../testing/app.js";
import type { FakeEngineOptions } from "../../testing/fakeEngine.js";

function openai(options: FakeEngineOptions = {}) {
  const { app, engine } = testApp(options);
  const client = new OpenAI({
    apiKey: "one",
    baseURL: "http://localhost/v1",
    maxRetries: 0,
    fetch: async (input, init) => app.request(input as string, init as RequestInit),
  });
  return { client, engine };
}

const format = { type: "json_schema" as const, name: "person", schema: person, strict: true };
const weather = {
  type: "function" as const,
  name: "weather",
  description: "Now.",
  parameters: { type: "object", properties: { city: { type: "string" } } },
  strict: true,
};
const call = { id: "c1", name: "weather", arguments: '{"city":"Bern"}' };

describe("OpenAI's client", () => {
  test("gets text", async () => {
    const { client, engine } = openai({ text: "Hello there" });
    const response = await client.responses.create({
      model: "default",
      input: "Hi",
      instructions: "Be brief.",
    });
    expect(response.output_text).toBe("Hello there");
    expect(response).toMatchObject({
      object: "response",
      status: "completed",
      instructions: "Be brief.",
      incomplete_details: null,
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
    expect(engine.requests[0]).toMatchObject({
      format: { kind: "text" },
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
    });
  });

  test("parses the document", async () => {
    const { client, engine } = openai({ finishReason: "length" });
    const response = await client.responses.parse({
      model: "fake",
      input: "Ada",
      text: { format },
      store: false,
    });
    expect(response.output_parsed).toEqual({ name: "Ada" });
    expect(response).toMatchObject({ status: "completed", closed_early: true });
    expect(response).not.toHaveProperty("ignored");
    expect(engine.requests[0]).toMatchObject({ schema: JSON.stringify(person), additionalMembers: "closed" });
  });

  test("sees text that the budget cut as incomplete", async () => {
    const { client } = openai({ text: "Once upon", finishReason: "length" });
    const response = await client.responses.create({ model: "fake", input: "Ada" });
    expect(response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    });
  });

  test("gets reasoning and calls, and sends them back with their results", async () => {
    const { client, engine } = openai({ calls: [call], reasoning: "Hm.", text: "Let me see." });
    const first = await client.responses.create({
      model: "fake",
      input: [{ role: "user", content: [{ type: "input_text", text: "Weather?" }] }],
      tools: [weather],
      tool_choice: { type: "function", name: "weather" },
      max_output_tokens: 44,
    });
    expect(first.output).toMatchObject([
      { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "Hm." }] },
      { type: "message", content: [{ type: "output_text", text: "Let me see." }] },
      { type: "function_call", call_id: "c1", name: "weather", arguments: '{"city":"Bern"}' },
    ]);
    expect(engine.requests[0]).toMatchObject({
      maxTokens: 44,
      tools: { choice: { name: "weather" }, tools: [{ name: "weather", strict: true }] },
    });
    await client.responses.create({
      model: "fake",
      input: [
        { role: "user", content: "Weather?" },
        ...(first.output as OpenAI.Responses.ResponseInputItem[]),
        { type: "function_call_output", call_id: "c1", output: "12 C" },
      ],
      tools: [weather],
    });
    expect(engine.requests[1].messages).toEqual([
      { role: "user", content: "Weather?" },
      { role: "assistant", content: "Let me see.", reasoning: "Hm.", toolCalls: [call] },
      { role: "tool", content: "12 C", toolCallId: "c1" },
    ]);
  });

  test("puts a stream together", async () => {
    const { client } = openai({ calls: [call], reasoning: "Hm, let me think.", text: "Let me see." });
    const stream = client.responses.stream({ model: "fake", input: "Weather?", tools: [weather] });
    const types: string[] = [];
    const numbers: number[] = [];
    for await (const event of stream) {
      if (types.at(-1) !== event.type) types.push(event.type);
      numbers.push(event.sequence_number);
    }
    expect(types).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.reasoning_text.delta",
      "response.reasoning_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    const whole = await openai({
      calls: [call],
      reasoning: "Hm, let me think.",
      text: "Let me see.",
    }).client.responses.create({
      model: "fake",
      input: "Weather?",
    });
    const withoutIds = (items: readonly object[]) =>
      items.map((item) => ({ ...item, id: undefined, parsed: undefined }));
    const final = await stream.finalResponse();
    expect(final.output.map(({ type }) => type)).toEqual(whole.output.map(({ type }) => type));
    expect(final.output_text).toBe("Let me see.");
    expect(withoutIds([final.output[0]])).toEqual(withoutIds([whole.output[0]]));
  });

  test("gets log-probabilities where it includes them", async () => {
    const { client, engine } = openai();
    const response = await client.responses.create({
      model: "fake",
      input: "x",
      include: ["message.output_text.logprobs", "reasoning.encrypted_content"],
      top_logprobs: 1,
    });
    expect(engine.requests[0].topLogprobs).toBe(1);
    expect(response.output[0]).toMatchObject({ content: [{ logprobs: [{ token: '{"na' }, {}, {}, {}] }] });
    expect(response).toMatchObject({ ignored: ["include=reasoning.encrypted_content"] });
  });

  test("sees a stream that fails on its way as an error", async () => {
    const { client } = openai({ fail: new FormworkError("timeout", "Too slow."), failAfter: 1 });
    const stream = await client.responses.create({ model: "fake", input: "x", stream: true });
    const reading = (async () => {
      for await (const _ of stream);
    })();
    await expect(reading).rejects.toThrow(APIError);
    await expect(reading).rejects.toThrow("Too slow.");
  });
});

test("an empty answer is an empty message, whole and streamed", async () => {
  const { post } = testApp({ text: "" });
  const body = { input: "x" };
  const whole = (await (await post("/v1/responses", body)).json()) as { output: object[] };
  expect(whole.output).toMatchObject([{ type: "message", content: [{ text: "" }] }]);
  const events = parseEvents(await (await post("/v1/responses", { ...body, stream: true })).text());
  expect(JSON.parse(events.at(-1)?.data ?? "").response.output).toMatchObject(
    whole.output.map((item) => ({ ...item, id: expect.any(String) })),
  );
});

test.each([
  ["no input", {}, "missing_field", "/input"],
  ["an empty input", { input: [] }, "missing_field", "/input"],
  ["state", { input: "x", previous_response_id: "resp_1" }, "invalid_request", "/previous_response_id"],
  ["a conversation kept elsewhere", { input: "x", conversation: "c" }, "invalid_request", "/conversation"],
  ["the background", { input: "x", background: true }, "invalid_request", "/background"],
  ["a reference", { input: [{ type: "item_reference", id: "x" }] }, "invalid_request", "/input/0/type"],
  ["another tool", { input: "x", tools: [{ type: "web_search" }] }, "invalid_request", "/tools/0/type"],
  [
    "a format without a schema",
    { input: "x", text: { format: { type: "json_schema" } } },
    "missing_field",
    "/text/format/schema",
  ],
])("refuses %s", async (_name, body, code, pointer) => {
  const response = await testApp().post("/v1/responses", body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code, param: pointer } });
});

test("names what it does not do", async () => {
  const body = {
    input: "x",
    store: true,
    truncation: "auto",
    text: { verbosity: "low" },
    reasoning: { summary: "auto" },
  };
  const { ignored } = (await (await testApp().post("/v1/responses", body)).json()) as { ignored: string[] };
  expect(ignored).toEqual(["store", "truncation", "text.verbosity", "reasoning.summary"]);
});
