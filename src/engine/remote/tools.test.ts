import { afterEach, describe, expect, test } from "vitest";
import {
  event,
  events,
  json,
  type Reply,
  scriptedServer,
  text,
} from "../../client/testing/scriptedServer.js";
import type { ChatMessage, Tool } from "../../types.js";
import type { EngineEvent, GenerateRequest, OutputFormat, ToolSettings } from "../engine.js";
import { validateDocument } from "../validate/index.js";
import { collect, completion, failureOf, MODELS, requestFor, TestEngines } from "./testing/wire.js";

/** Calls of tools, and text that is held to something, from servers that enforce schemas and know no tools. */

const WEATHER: Tool = {
  name: "get_weather",
  description: "The weather in a city.",
  parameters:
    '{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1}},"required":["city"],"additionalProperties":false}',
};
const EVEN: Tool = {
  name: "even",
  parameters:
    '{"type":"object","properties":{"n":{"type":"integer","multipleOf":2}},"required":["n"],"additionalProperties":false}',
};
const CHAT = "/v1/chat/completions";
const KINDS = ["vllm", "sglang", "llama-server", "openai"] as const;

const engines = new TestEngines();
afterEach(() => engines.close());

const serverWith = (chat: Reply | Reply[]) =>
  scriptedServer({
    "GET /health": text(""),
    "GET /v1/models": json(MODELS),
    [`POST ${CHAT}`]: chat,
  });

function withTools(tools: Partial<ToolSettings> = {}, more: Partial<GenerateRequest> = {}) {
  return requestFor(true, {
    format: { kind: "text" },
    tools: { tools: [WEATHER], choice: "auto", parallel: true, ...tools },
    ...more,
  });
}

const calls = (...list: [name: string, value: unknown][]) =>
  JSON.stringify({ reply: { calls: list.map(([name, value]) => ({ name, arguments: value })) } });
const pieces = (whole: string, length = 7) => whole.match(new RegExp(`[^]{1,${length}}`, "g"))!;

interface ChatBody {
  messages: ChatMessage[];
  response_format?: { json_schema: { schema: unknown } };
  stop?: unknown;
}

describe.each(KINDS)("%s", (kind) => {
  test("a call, streamed as deltas", async () => {
    await using server = await serverWith(
      events(completion(pieces(calls(["get_weather", { city: "Oslo", days: 2 }])))),
    );
    const engine = engines.at(server.url, kind);
    const { events: seen, result } = await collect(
      engine.generate(withTools({ choice: "required" }, { incremental: true })),
    );
    expect(result).toMatchObject({ text: "", output: "", finishReason: "tool_calls", attempts: 1 });
    expect(result.toolCalls).toEqual([
      { id: expect.stringMatching(/^\w{9}$/), name: "get_weather", arguments: '{"city":"Oslo","days":2}' },
    ]);
    const written = seen.filter(
      (event): event is EngineEvent & { type: "toolArguments" } => event.type === "toolArguments",
    );
    expect(written.length).toBeGreaterThan(1);
    expect(written.map((event) => event.text).join("")).toBe('{"city":"Oslo","days":2}');
    expect(seen.some(({ type }) => type === "delta")).toBe(false);

    const body = server.to(CHAT)[0].body as ChatBody;
    expect(Object.keys(body)).not.toContain("tools");
    expect(body.messages[0].content).toContain("The weather in a city.");
    const { schema } = body.response_format!.json_schema;
    const accepts = async (document: string) => (await validateDocument(schema as never, document)).valid;
    expect(await accepts(calls(["get_weather", { city: "Oslo" }]))).toBe(true);
    expect(await accepts(calls(["get_weather", { town: "Oslo" }]))).toBe(false);
    expect(await accepts('{"reply":{"answer":"Hello"}}')).toBe(false);
  });

  test("auto: text and no call, as the model writes it", async () => {
    await using server = await serverWith(events(completion(pieces('It is "warm".\n<tool', 5))));
    const { deltas, result } = await collect(
      engines.at(server.url, kind).generate(withTools({}, { incremental: true, stop: ["x"] })),
    );
    expect(deltas.join("")).toBe('It is "warm".\n<tool');
    expect(deltas.length).toBeGreaterThan(2);
    expect(result).toMatchObject({ text: deltas.join(""), finishReason: "stop" });
    expect(result).not.toHaveProperty("ignored");
    const body = server.to(CHAT)[0].body as ChatBody;
    expect(body.stop).toEqual(["x"]);
    expect(body).not.toHaveProperty("response_format");
    expect(body.messages[0].content).toContain("<tool_call>");
  });

  test.each([0, 1, 7, 100])("auto: text, then calls (pieces of %i characters)", async (length) => {
    const text = 'Let me look. \n<tool_call>\n{"name": "whatever", "argu';
    const list = calls(["get_weather", { city: "Rome" }], ["get_weather", { city: "Oslo" }]);
    await using server = await serverWith([
      events(completion(pieces(text, length || text.length), { finish: null, usage: null, done: false })),
      events(completion(pieces(list, length || list.length))),
    ]);
    const { events: seen, result } = await collect(
      engines.at(server.url, kind).generate(withTools({}, { incremental: true })),
    );
    const kinds = seen.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
    expect(kinds.slice(0, 4)).toEqual(["start", "delta", "toolCall", "toolArguments"]);
    expect(kinds.filter((type) => type === "start")).toHaveLength(1);
    expect(result).toMatchObject({
      text: "Let me look.",
      output: "Let me look.",
      finishReason: "tool_calls",
      toolCalls: [
        { name: "get_weather", arguments: '{"city":"Rome"}' },
        { name: "get_weather", arguments: '{"city":"Oslo"}' },
      ],
    });
    const bodies = server.to(CHAT).map(({ body }) => body as ChatBody & { max_tokens: number });
    const [first, second] = bodies;
    // The second prompt goes on where the first one ended, so that what was computed for it is of use.
    expect(second.messages.slice(0, first.messages.length)).toEqual(first.messages);
    expect(second.messages.at(-2)).toEqual({ role: "assistant", content: "Let me look.\n<tool_call>" });
    expect(second.max_tokens).toBeLessThan(first.max_tokens);
  });

  test("text that follows a choice or a pattern", async () => {
    const formats: [OutputFormat, string][] = [
      [{ kind: "choice", choices: ["yes", "no"] }, "no"],
      [{ kind: "regex", pattern: "[a-c]+-\\d{2}" }, "ab-12"],
    ];
    for (const [format, answer] of formats) {
      const native = kind === "vllm" || kind === "sglang";
      const written = native ? answer : JSON.stringify({ reply: { answer } });
      await using server = await serverWith(events(completion(pieces(written, 3))));
      const { deltas, result } = await collect(
        engines.at(server.url, kind).generate(requestFor(true, { format, incremental: true })),
      );
      expect(result).toMatchObject({ text: answer, output: answer, finishReason: "stop" });
      expect(deltas.join("")).toBe(answer);
      expect("response_format" in (server.to(CHAT)[0].body as ChatBody)).toBe(!native);
    }
  });
});

test("another Formwork has tools and reasoning itself", async () => {
  const usage = { prompt_tokens: 9, cached_tokens: 0, completion_tokens: 5, forced_tokens: 3 };
  const call = { id: "abc", name: "get_weather", arguments: { city: "Oslo" } };
  const wire = (...argumentTexts: string[]) =>
    events([
      event("start", { prompt_tokens: 9 }),
      event("reasoning", { text: "Oslo." }),
      event("delta", { text: "One moment." }),
      event("tool_call", { call: 0, id: "abc", name: "get_weather" }),
      ...argumentTexts.map((text) => event("tool_arguments", { call: 0, text })),
      event("finish", {
        output: "One moment.",
        tool_calls: [call],
        finish_reason: "tool_calls",
        model: "far",
        usage,
      }),
    ]);
  await using server = await scriptedServer({
    "GET /warmup": json({}),
    "GET /v1/models": json(MODELS),
    "POST /generate": [wire('{"city":', '"Oslo"}'), wire('{"town":"Oslo"}')],
  });
  const engine = engines.at(server.url, "formwork");
  const messages: ChatMessage[] = [
    { role: "user", content: "Weather?" },
    { role: "assistant", content: "", toolCalls: [{ id: "1", name: "get_weather", arguments: "{}" }] },
    { role: "tool", content: "failed", toolCallId: "1" },
  ];
  const request = withTools(
    { choice: "required" },
    { messages, reasoning: { enabled: true, maxTokens: 9 }, incremental: true },
  );
  const { events: seen, result } = await collect(engine.generate(request));
  expect(result).toMatchObject({
    text: "One moment.",
    reasoning: "Oslo.",
    finishReason: "tool_calls",
    toolCalls: [{ id: "abc", name: "get_weather", arguments: '{"city":"Oslo"}' }],
  });
  expect(result).not.toHaveProperty("ignored");
  expect(seen.map(({ type }) => type)).toEqual([
    "start",
    "reasoning",
    "delta",
    "toolCall",
    "toolArguments",
    "toolArguments",
    "finish",
  ]);
  expect(server.to("/generate")[0].body).toMatchObject({
    messages: [{}, { tool_calls: [{ id: "1" }] }, { tool_call_id: "1" }],
    tools: [{ name: "get_weather", parameters: { required: ["city"] } }],
    tool_choice: "required",
    reasoning: { enabled: true, max_tokens: 9 },
  });
  // Even of a Formwork nothing is believed.
  expect(await failureOf(engine.generate(request))).toMatchObject({ code: "invalid_output" });
});

test("what a server does not enforce is asked for again, and never handed out", async () => {
  await using server = await serverWith([
    events(completion(pieces(calls(["even", { n: 3 }])))),
    events(completion(pieces(calls(["even", { n: 4 }])))),
  ]);
  const { events: seen, result } = await collect(
    engines.at(server.url).generate(withTools({ tools: [EVEN], choice: "required" }, { incremental: true })),
  );
  expect(result).toMatchObject({ attempts: 2, toolCalls: [{ name: "even", arguments: '{"n":4}' }] });
  expect(seen.filter(({ type }) => type === "toolCall")).toHaveLength(1);
  const { messages } = server.to(CHAT)[1].body as ChatBody;
  expect(messages.at(-1)!.content).toMatch(/\/reply\/calls\/0\/arguments\/n/);
});

test("calls that the budget cuts are closed", async () => {
  await using server = await serverWith(
    events(
      completion(pieces('{"reply":{"calls":[{"name":"get_weather","arguments":{"city":"Os'), {
        finish: "length",
      }),
    ),
  );
  const { result } = await collect(engines.at(server.url).generate(withTools({ choice: "required" })));
  expect(result).toMatchObject({ finishReason: "tool_calls", toolCalls: [{ arguments: '{"city":"Os"}' }] });
});

test("a tag with no budget behind it opens nothing", async () => {
  const written = pieces("One moment. <tool_call>");
  await using server = await serverWith(events(completion(written)));
  const { deltas, result } = await collect(
    engines.at(server.url).generate(withTools({}, { maxTokens: written.length })),
  );
  expect(deltas.join("")).toBe("One moment.");
  expect(result).toMatchObject({ text: "One moment.", finishReason: "length" });
  expect(result).not.toHaveProperty("toolCalls");
  expect(server.to(CHAT)).toHaveLength(1);
});

test("calls beside a document", async () => {
  const schema =
    '{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}';
  await using server = await serverWith([
    events(completion(pieces('{"reply":{"answer":{"ok":true}}}'))),
    events(completion(pieces(calls(["get_weather", { city: "Rome" }], ["get_weather", { city: "Oslo" }])))),
  ]);
  const engine = engines.at(server.url);
  const { format: _format, ...request } = { ...withTools(), schema };
  const document = await collect(engine.generate(request));
  expect(document.result).toMatchObject({ text: '{"ok":true}', output: { ok: true }, finishReason: "stop" });
  const called = await collect(engine.generate(request));
  expect(called.result.toolCalls?.map((call) => call.arguments)).toEqual([
    '{"city":"Rome"}',
    '{"city":"Oslo"}',
  ]);
});

test("calls and results of earlier turns are text, also where none may follow", async () => {
  await using server = await serverWith(events(completion(["It is warm."])));
  const messages: ChatMessage[] = [
    { role: "user", content: "Weather?" },
    {
      role: "assistant",
      content: "",
      toolCalls: [{ id: "1", name: "get_weather", arguments: '{"city":"Rome"}' }],
    },
    { role: "tool", content: "30 degrees", toolCallId: "1", name: "get_weather" },
  ];
  const { result } = await collect(
    engines.at(server.url).generate(withTools({ choice: "none" }, { messages, incremental: true })),
  );
  expect(result.text).toBe("It is warm.");
  const body = server.to(CHAT)[0].body as ChatBody;
  expect(body.messages.map((message) => Object.keys(message).sort())).toEqual([
    ["content", "role"],
    ["content", "role"],
    ["content", "role"],
  ]);
  expect(body.messages[1].content).toContain('"city":"Rome"');
});

test("a tool whose schema is at fault is refused by its place, before anything is sent", async () => {
  await using server = await serverWith(events(completion(["x"])));
  const bad: Tool = { name: "bad", parameters: '{"type":"object","properties":{"a":{"type":7}}}' };
  const error = await failureOf(engines.at(server.url).generate(withTools({ tools: [WEATHER, bad] })));
  expect(error).toMatchObject({
    code: "invalid_schema",
    pointer: expect.stringMatching(/^\/tools\/1\/parameters\/properties\/a/),
  });
  const missing = await failureOf(engines.at(server.url).generate(withTools({ choice: { name: "other" } })));
  expect(missing).toMatchObject({ code: "invalid_request", pointer: "/tool_choice" });
  expect(server.seen).toHaveLength(0);
});
