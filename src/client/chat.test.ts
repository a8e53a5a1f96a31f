import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { type AnswerPart, createClient, record, replay } from "./index.js";
import { answerWith, READY } from "./testing/answers.js";
import { event, events, json, type Reply, scriptedServer } from "./testing/scriptedServer.js";

const WEATHER = {
  name: "weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
};
const CALLED = {
  ...answerWith(null),
  finish_reason: "tool_calls" as const,
  tool_calls: [{ id: "call1", name: "weather", arguments: { city: "Oslo" } }],
};
const STREAMED = [
  event("start", { request_id: "request-1" }),
  event("reasoning", { text: "Oslo." }),
  event("delta", { text: "One " }),
  event("delta", { text: "moment." }),
  event("tool_call", { call: 0, id: "call1", name: "weather" }),
  event("tool_arguments", { call: 0, text: '{"city": ' }),
  event("tool_arguments", { call: 0, text: '"Oslo"}' }),
  event("finish", { ...CALLED, output: "One moment.", reasoning: "Oslo." }),
];

function serverWith(generate: Reply | Reply[]) {
  return scriptedServer({ "GET /health": json(READY), "POST /generate": generate });
}

describe("chat", () => {
  test("text, with settings by their names on the wire", async () => {
    await using server = await serverWith(json(answerWith("Hello.")));
    const answer = await createClient({ baseUrl: server.url }).chat({
      prompt: "Hi",
      stop: ["END"],
      reasoning: { maxTokens: 9 },
    });
    expectTypeOf(answer.output).toEqualTypeOf<undefined>();
    expect(answer).toMatchObject({ text: "Hello.", output: undefined, toolCalls: [], finishReason: "stop" });
    // None at all: on the wire that asks for text.
    expect(server.to("/generate")[0].body).toEqual({
      prompt: "Hi",
      tools: [],
      stop: ["END"],
      reasoning: { max_tokens: 9 },
    });
  });

  test("calls, and a document once they are answered", async () => {
    await using server = await serverWith([json(CALLED), json(answerWith({ warm: true }))]);
    const client = createClient({ baseUrl: server.url });
    const schema = { type: "object", properties: { warm: { type: "boolean" } }, required: ["warm"] } as const;
    const first = await client.chat({ prompt: "Weather?", tools: [WEATHER], toolChoice: "required", schema });
    expect(first).toMatchObject({ output: undefined, text: "", finishReason: "tool_calls" });
    expect(first.toolCalls).toEqual([{ id: "call1", name: "weather", arguments: '{"city":"Oslo"}' }]);

    const { toolCalls } = first;
    const second = await client.chat({
      messages: [
        { role: "user", content: "Weather?" },
        { role: "assistant", toolCalls },
        { role: "tool", toolCallId: "call1", content: "21 degrees" },
      ],
      schema,
      regex: undefined,
    });
    expect(second.output?.warm).toBe(true);
    const [asked, again] = server.to("/generate").map(({ body }) => body as Record<string, unknown>);
    expect(asked).toMatchObject({
      tool_choice: "required",
      tools: [{ name: "weather", parameters: { properties: { city: { type: "string" } } } }],
    });
    expect(again).toMatchObject({
      messages: [{}, { role: "assistant", content: "", tool_calls: toolCalls }, { tool_call_id: "call1" }],
    });
    expect(again).not.toHaveProperty("tools");
  });

  test("a choice", async () => {
    await using server = await serverWith(json(answerWith("no")));
    const { text } = await createClient({ baseUrl: server.url }).chat({ prompt: "?", choice: ["yes", "no"] });
    expect(text).toBe("no");
    expect(server.to("/generate")[0].body).toEqual({ prompt: "?", choice: ["yes", "no"] });
  });

  test("streamed: the parts as they come, then the whole", async () => {
    await using server = await serverWith(events(STREAMED));
    const stream = createClient({ baseUrl: server.url }).streamChat({ prompt: "Weather?", tools: [WEATHER] });
    const parts: AnswerPart[] = [];
    for await (const part of stream) parts.push(part);
    expect(parts).toEqual([
      { type: "reasoning", text: "Oslo." },
      { type: "text", text: "One " },
      { type: "text", text: "moment." },
      { type: "toolCall", index: 0, id: "call1", name: "weather" },
      { type: "toolArguments", index: 0, text: '{"city": ' },
      { type: "toolArguments", index: 0, text: '"Oslo"}' },
    ]);
    expect(await stream.final()).toMatchObject({
      text: "One moment.",
      reasoning: "Oslo.",
      toolCalls: [{ name: "weather" }],
    });
  });

  test("recorded and played back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "formwork-"));
    try {
      await using server = await serverWith([events(STREAMED), json(answerWith("Hello."))]);
      const file = join(folder, "answers.jsonl");
      const recorder = record(createClient({ baseUrl: server.url }), file);
      const options = { prompt: "Weather?", tools: [WEATHER] };
      const recorded = await recorder.streamChat(options).final();
      await recorder.chat({ prompt: "Hi" });

      const player = replay(file);
      const played = player.streamChat(options);
      const parts: AnswerPart[] = [];
      for await (const part of played) parts.push(part);
      expect(parts.map(({ type }) => type)).toEqual([
        "reasoning",
        "text",
        "text",
        "toolCall",
        "toolArguments",
      ]);
      expect(await played.final()).toEqual(recorded);
      expect((await player.chat({ prompt: "Hi" })).text).toBe("Hello.");
      const texts: string[] = [];
      for await (const part of player.streamChat({ prompt: "Hi" }))
        if (part.type === "text") texts.push(part.text);
      expect(texts).toEqual(["Hello."]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
