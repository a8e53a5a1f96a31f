import { describe, expect, test } from "vitest";
import { FormworkError } from "../../../errors.js";
import { parseEvents, testApp } from "../../testing/app.js";
import { CustomInput, customArguments, customInput } from "./customTools.js";

const chatPath = "/v1/chat/completions";
const responsesPath = "/v1/responses";
const grammar = { syntax: "regex", definition: "[0-9]+|none" };
const parametersOf = (more: object) =>
  JSON.stringify({
    type: "object",
    properties: { input: { type: "string", ...more } },
    required: ["input"],
    additionalProperties: false,
  });
const user = { role: "user", content: "Run it." };
const inChat = (...tools: object[]) => ({
  messages: [user],
  tools: tools.map((custom) => ({ type: "custom", custom })),
});
const inResponses = (...tools: object[]) => ({
  input: "Run it.",
  tools: tools.map((custom) => ({ type: "custom", ...custom })),
});
/** A text whose JSON has escapes of every kind. */
const code = 'say("é\u0001\\\n\u{1f600}")\t';
const call = { id: "c1", name: "code", arguments: customArguments(code) };

describe("a custom tool", () => {
  test.each<[format: object | undefined, keywords: object]>([
    [undefined, {}],
    [{ type: "text" }, {}],
    [{ type: "grammar", grammar }, { pattern: "^(?:[0-9]+|none)$" }],
    [{ type: "grammar", ...grammar }, { pattern: "^(?:[0-9]+|none)$" }],
  ])("with the format %j is a function of one text", async (format, keywords) => {
    for (const [path, body] of [
      [chatPath, inChat({ name: "code", description: "Runs code.", format })],
      [responsesPath, inResponses({ name: "code", description: "Runs code.", format })],
    ] as const) {
      const { engine, post } = testApp({ calls: [call] });
      const answer = await (await post(path, body)).json();
      expect(answer).not.toHaveProperty("ignored");
      expect(engine.requests[0].tools).toEqual({
        tools: [{ name: "code", description: "Runs code.", parameters: parametersOf(keywords) }],
        choice: "auto",
        parallel: true,
      });
    }
  });

  const custom = "/tools/0/custom";
  const flat = "/tools/0";
  test.each<[format: object, pointer: string, nested: string]>([
    [
      { type: "grammar", grammar: { syntax: "lark", definition: "start: X" } },
      "/format/grammar/syntax",
      custom,
    ],
    [{ type: "grammar", syntax: "lark", definition: "start: X" }, "/format/syntax", flat],
    [{ type: "grammar", grammar: { syntax: "regex" } }, "/format/grammar/definition", custom],
    [{ type: "grammar", grammar: { definition: "a" } }, "/format/grammar/syntax", custom],
    [{ type: "json" }, "/format/type", custom],
    [{}, "/format/type", custom],
  ])("with the format %j is rejected", async (format, pointer, nested) => {
    const { post } = testApp();
    const response =
      nested === custom
        ? await post(chatPath, inChat({ name: "code", format }))
        : await post(responsesPath, inResponses({ name: "code", format }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ pointer: nested + pointer });
  });

  test("is rejected where calls have no input", async () => {
    const { post } = testApp();
    const tools = [{ type: "custom", name: "code" }];
    expect((await post("/generate", { prompt: "x", tools })).status).toBe(400);
    expect((await post("/api/chat", { messages: [user], tools })).status).toBe(400);
  });

  test.each<[name: string, path: string, body: object, choice: object]>([
    ["chat", chatPath, inChat({ name: "code" }), { type: "custom", custom: { name: "code" } }],
    ["Responses", responsesPath, inResponses({ name: "code" }), { type: "custom", name: "code" }],
  ])("is named in %s", async (_name, path, body, choice) => {
    const { engine, post } = testApp({ calls: [call] });
    expect((await post(path, { ...body, tool_choice: choice })).status).toBe(200);
    const allowed = { type: "allowed_tools", mode: "required", tools: [choice] };
    expect((await post(path, { ...body, tool_choice: allowed })).status).toBe(200);
    expect(engine.requests.map(({ tools }) => tools?.choice)).toEqual([{ name: "code" }, "required"]);
  });
});

describe("a call of a custom tool", () => {
  const later = { id: "c2", name: "add", arguments: '{"a":1}' };
  const both = { calls: [call, later] };
  const add = { type: "function", function: { name: "add" } };

  test("stands in a chat completion", async () => {
    const { post } = testApp(both);
    const body = inChat({ name: "code" });
    const response = await post(chatPath, { ...body, tools: [...body.tools, add] });
    const answer = (await response.json()) as { choices: unknown[] };
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [
          { id: "c1", type: "custom", custom: { name: "code", input: code } },
          { id: "c2", type: "function", function: { name: "add", arguments: '{"a":1}' } },
        ],
      },
    });
  });

  test("is streamed in chat, for each of several answers", async () => {
    const { post } = testApp(both);
    const body = inChat({ name: "code" });
    const response = await post(chatPath, { ...body, tools: [...body.tools, add], stream: true, n: 2 });
    const deltas = parseEvents(await response.text())
      .filter(({ data }) => data !== "[DONE]")
      .flatMap(({ data }) => JSON.parse(data).choices);
    for (const answer of [0, 1]) {
      const calls = deltas
        .filter(({ index }) => index === answer)
        .flatMap(({ delta }) => delta.tool_calls ?? []);
      const [first] = calls;
      expect(first).toEqual({ index: 0, id: "c1", type: "custom", custom: { name: "code", input: "" } });
      expect(calls.map((one) => one.custom?.input ?? "").join("")).toBe(code);
      expect(calls.map((one) => one.function?.arguments ?? "").join("")).toBe('{"a":1}');
    }
  });

  test("is an item of a response, whole and streamed", async () => {
    const body = inResponses({ name: "code" });
    const item = { type: "custom_tool_call", status: "completed", call_id: "c1", name: "code", input: code };
    const { post } = testApp({ calls: [call] });
    const whole = await (await post(responsesPath, body)).json();
    expect(whole).toMatchObject({ output: [item] });
    const response = await post(responsesPath, { ...body, stream: true });
    const events = parseEvents(await response.text()).map(({ data }) => JSON.parse(data));
    const deltas = events.filter(({ type }) => type === "response.custom_tool_call_input.delta");
    expect(deltas.map(({ delta }) => delta).join("")).toBe(code);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "response.custom_tool_call_input.done", input: code }),
    );
    expect(events.at(-1).response.output).toEqual([expect.objectContaining(item)]);
  });

  test("and its result are read from conversations", async () => {
    const { engine, post } = testApp({ text: "Done." });
    await post(chatPath, {
      messages: [
        user,
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "custom", custom: { name: "code", input: code } }],
        },
        { role: "tool", tool_call_id: "c1", content: "ok" },
      ],
    });
    await post(responsesPath, {
      input: [
        user,
        { type: "custom_tool_call", id: "ctc_1", call_id: "c1", name: "code", input: code },
        {
          type: "custom_tool_call_output",
          call_id: "c1",
          output: [{ type: "input_text", text: "ok" }],
        },
      ],
    });
    for (const { messages } of engine.requests)
      expect(messages.slice(1)).toEqual([
        { role: "assistant", content: "", toolCalls: [call] },
        { role: "tool", content: "ok", toolCallId: "c1" },
      ]);
    expect(engine.requests).toHaveLength(2);
  });
});

test("a pattern that cannot be followed is located where it was written", async () => {
  const error = new FormworkError("unsupported_schema", "No.", {
    pointer: "/tools/1/parameters/properties/input/pattern",
    keyword: "pattern",
  });
  const { post } = testApp({ fail: error });
  const format = { type: "grammar", grammar };
  const pointers = ["/tools/2/custom/format/grammar/definition", "/tools/2/format/grammar/definition"];
  const bodies = [
    { path: chatPath, body: inChat({ name: "one" }, { name: "two" }, { name: "three", format }) },
    { path: responsesPath, body: inResponses({ name: "one" }, { name: "two" }, { name: "three", format }) },
  ];
  for (const [index, { path, body }] of bodies.entries())
    for (const stream of [false, true]) {
      // The engine counts the tools it was offered.
      const tools = [
        { type: "custom", name: "one" },
        { type: "custom", name: "three" },
      ];
      const choice = { type: "allowed_tools", mode: "auto", tools };
      const response = await post(path, { ...body, tool_choice: choice, stream });
      expect(await response.json()).toMatchObject({ pointer: pointers[index] });
    }
});

test.each<[path: string, body: object, pointer: string]>([
  [chatPath, { tools: [{ type: "function", function: { name: "a" } }] }, "/tools/0/function/parameters/type"],
  [chatPath, { functions: [{ name: "a" }] }, "/functions/0/parameters/type"],
  [responsesPath, { input: "x", tools: [{ type: "function", name: "a" }] }, "/tools/0/parameters/type"],
  ["/v1/messages", { tools: [{ name: "a" }] }, "/tools/0/input_schema/type"],
  ["/api/chat", { tools: [{ function: { name: "a" } }] }, "/tools/0/function/parameters/type"],
  ["/generate", { tools: [{ name: "a" }] }, "/tools/0/parameters/type"],
])("an error in a function's schema is located in the body: %s %j", async (path, body, pointer) => {
  const fail = new FormworkError("invalid_schema", "No.", { pointer: "/tools/0/parameters/type" });
  const response = await testApp({ fail }).post(path, { messages: [user], max_tokens: 64, ...body });
  expect(await response.json()).toMatchObject({ pointer });
});

test("input is decoded whatever the pieces", () => {
  const written =
    String.raw`{ "input" : "\ud83d\ude00\ud83dx\ude00\u00e9\"\\u\/` +
    code.replace(/["\\\u0000-\u001f]/g, "") +
    '"}';
  const expected = JSON.parse(written).input as string;
  expect(customInput(written)).toBe(expected);
  for (let at = 0; at <= written.length; at++) {
    const reader = new CustomInput();
    expect(reader.push(written.slice(0, at)) + reader.push(written.slice(at))).toBe(expected);
  }
  const reader = new CustomInput();
  expect([...written].map((character) => reader.push(character)).join("")).toBe(expected);
});
