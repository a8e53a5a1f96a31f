import { describe, expect, test } from "vitest";
import { parseEvents, person, testApp } from "../../testing/app.js";
import { chat, user } from "./testing/chat.js";

/** Tools as clients of OpenAI define them, and calls as they read them. */

const personText = JSON.stringify(person);

describe("tools", () => {
  const weather = { name: "weather", description: "Now.", parameters: { type: "object" }, strict: true };
  const add = { name: "add" };
  const tools = [
    { type: "function", function: weather },
    { type: "function", function: add },
  ];
  const read = [
    { name: "weather", description: "Now.", parameters: '{"type":"object"}', strict: true },
    { name: "add", parameters: '{"type":"object","properties":{}}' },
  ];
  test.each<[name: string, body: object, settings: object]>([
    ["by default", {}, { tools: read, choice: "auto", parallel: true }],
    ["none", { tool_choice: "none" }, { choice: "none" }],
    ["required", { tool_choice: "required" }, { choice: "required" }],
    ["any", { tool_choice: "any" }, { choice: "required" }],
    ["one at a time", { parallel_tool_calls: false }, { parallel: false }],
    [
      "a named one",
      { tool_choice: { type: "function", function: { name: "add" } } },
      { choice: { name: "add" }, parallel: false },
    ],
    [
      "those allowed",
      {
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "add" } }] },
        },
      },
      { choice: "required", tools: [read[1]] },
    ],
  ])("%s", async (_name, body, settings) => {
    const { request } = await chat({ tools, ...body });
    expect(request.tools).toMatchObject(settings);
    expect(request.format).toEqual({ kind: "text" });
  });

  test("may stand beside a schema for the last answer", async () => {
    const { request } = await chat({
      tools,
      response_format: { type: "json_schema", json_schema: { schema: person } },
    });
    expect(request).toMatchObject({ schema: personText, tools: { choice: "auto" } });
    expect(request.format).toBeUndefined();
  });

  test("an empty list is none", async () => {
    const { request } = await chat({ tools: [], tool_choice: "auto" });
    expect(request.tools).toBeUndefined();
  });

  const calls = [
    { id: "c1", name: "weather", arguments: '{"city":"Bern"}' },
    { id: "c2", name: "add", arguments: "{}" },
  ];

  test("are called in a whole answer", async () => {
    const { choice } = await chat({ tools }, { calls, reasoning: "Hm." });
    expect(choice).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        reasoning_content: "Hm.",
        tool_calls: calls.map(({ id, name, arguments: written }) => ({
          id,
          type: "function",
          function: { name, arguments: written },
        })),
      },
    });
  });

  test("are called in a stream", async () => {
    const { post } = testApp({ calls, text: "So: ", reasoning: "Hm." });
    const response = await post("/v1/chat/completions", { messages: [user], tools, stream: true });
    const chunks = parseEvents(await response.text())
      .filter(({ data }) => data !== "[DONE]")
      .map(({ data }) => JSON.parse(data).choices[0]);
    const deltas = chunks.map(({ delta }) => delta);
    expect(deltas.slice(0, 3)).toEqual([
      { role: "assistant", content: "" },
      { reasoning_content: "Hm." },
      { content: "So: " },
    ]);
    const heads = deltas.flatMap((delta) => delta.tool_calls ?? []).filter((call) => call.id !== undefined);
    expect(heads).toEqual([
      { index: 0, id: "c1", type: "function", function: { name: "weather", arguments: "" } },
      { index: 1, id: "c2", type: "function", function: { name: "add", arguments: "" } },
    ]);
    const written = (index: number) =>
      deltas
        .flatMap((delta) => delta.tool_calls ?? [])
        .filter((call) => call.index === index)
        .map((call) => call.function.arguments)
        .join("");
    expect([written(0), written(1)]).toEqual(calls.map((call) => call.arguments));
    expect(chunks.at(-1)).toMatchObject({ finish_reason: "tool_calls", delta: {} });
  });

  test("in the older form are answered in the older form", async () => {
    const options = { calls: [calls[1]] };
    const { choice, request } = await chat(
      { functions: [weather, add], function_call: { name: "add" } },
      options,
    );
    expect(request.tools).toMatchObject({ choice: { name: "add" }, parallel: false });
    expect(choice).toMatchObject({
      finish_reason: "function_call",
      message: { function_call: { name: "add", arguments: "{}" } },
    });
    const { post } = testApp(options);
    const body = { messages: [user], functions: [add], stream: true };
    const events = parseEvents(await (await post("/v1/chat/completions", body)).text());
    expect(events.map(({ data }) => data).join("\n")).toContain(
      '"function_call":{"name":"add","arguments":""}',
    );
  });
});
