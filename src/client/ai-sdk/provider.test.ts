import { generateObject, generateText, Output, stepCountIs, streamObject, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createClient } from "../index.js";
import { answerWith, READY, streamOf } from "../testing/answers.js";
import { event, events, json, type Reply, scriptedServer, silence } from "../testing/scriptedServer.js";
import { createFormwork } from "./index.js";

const PERSON = z.object({ name: z.string(), age: z.number().int() });
const ADA = { name: "Ada", age: 36 };

function serverWith(generate: Reply | Reply[]) {
  return scriptedServer({ "GET /health": json(READY), "POST /generate": generate });
}

globalThis.AI_SDK_LOG_WARNINGS = false;

test("generateObject: schema, settings, usage", async () => {
  await using server = await serverWith(json(answerWith(ADA)));
  const formwork = createFormwork({ baseUrl: server.url });
  const { object, usage, finishReason, response, warnings } = await generateObject({
    model: formwork("other"),
    schema: PERSON,
    system: "Be brief.",
    prompt: "Ada, 36",
    maxOutputTokens: 50,
    temperature: 0,
    topP: 0.5,
    seed: 3,
  });
  expect(object).toEqual(ADA);
  expect(finishReason).toBe("stop");
  expect(usage).toMatchObject({ inputTokens: 20, outputTokens: 7, cachedInputTokens: 4 });
  expect(response).toMatchObject({ id: "request-1", modelId: "scripted" });
  expect(warnings ?? []).toEqual([]);
  expect(server.to("/generate")[0].body).toMatchObject({
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Ada, 36" },
    ],
    schema: { type: "object", required: ["name", "age"] },
    max_tokens: 50,
    temperature: 0,
    top_p: 0.5,
    seed: 3,
    model: "other",
  });
});

test("streamObject: partial objects, then the whole", async () => {
  await using server = await serverWith(events(streamOf(['{"name":"A', 'da","age":3', "6}"])));
  const result = streamObject({
    model: createFormwork({ baseUrl: server.url })(),
    schema: PERSON,
    prompt: "Ada",
  });
  const partials: unknown[] = [];
  for await (const partial of result.partialObjectStream) partials.push(partial);
  expect(partials).toEqual([{ name: "A" }, { name: "Ada", age: 3 }, ADA]);
  expect(await result.object).toEqual(ADA);
  expect(await result.usage).toMatchObject({ inputTokens: 20, outputTokens: 7 });
  expect(server.to("/generate")[0].body).not.toHaveProperty("model");
});

test("generateText with an output schema, over a client of one's own", async () => {
  await using server = await serverWith(json(answerWith(ADA)));
  const client = createClient({ baseUrl: server.url });
  const { output } = await generateText({
    model: createFormwork({ client })(),
    output: Output.object({ schema: PERSON }),
    messages: [
      { role: "user", content: "Ada" },
      { role: "assistant", content: "Which Ada?" },
      { role: "user", content: "Lovelace" },
    ],
  });
  expect(output).toEqual(ADA);
  expect(server.to("/generate")[0].body).toMatchObject({
    messages: [
      { role: "user", content: "Ada" },
      { role: "assistant", content: "Which Ada?" },
      { role: "user", content: "Lovelace" },
    ],
  });
});

test("an error of the server arrives as it is, once", async () => {
  await using server = await serverWith(
    json({ error: "Refused.", status: 400, code: "unsupported_schema", pointer: "/properties/name" }, 400),
  );
  const call = generateObject({
    model: createFormwork({ baseUrl: server.url })(),
    schema: PERSON,
    prompt: "Ada",
  });
  await expect(call).rejects.toMatchObject({ code: "unsupported_schema", pointer: "/properties/name" });
  expect(server.to("/generate")).toHaveLength(1);
});

test("a stream that fails says so", async () => {
  await using server = await serverWith(events(streamOf(['{"name":"A', '"}']).slice(0, 2), "break"));
  const errors: unknown[] = [];
  const failing = streamObject({
    model: createFormwork({ baseUrl: server.url })(),
    schema: PERSON,
    prompt: "Ada",
    onError: ({ error }) => void errors.push(error),
  });
  for await (const _ of failing.partialObjectStream);
  expect(errors).toMatchObject([{ code: "upstream_error" }]);
});

test("a call that is aborted ends with the caller's reason, and on the server", async () => {
  await using server = await serverWith([
    silence,
    events(streamOf(['{"name":"A', '"}']).slice(0, 2), "hang"),
  ]);
  const model = createFormwork({ baseUrl: server.url })();
  const reason = new Error("the user has left");
  const first = new AbortController();
  const whole = generateText({ model, prompt: "Hi", abortSignal: first.signal });
  await expect.poll(() => server.to("/generate")).toHaveLength(1);
  first.abort(reason);
  await expect(whole).rejects.toBe(reason);
  await server.to("/generate")[0].left;

  const second = new AbortController();
  const errors: unknown[] = [];
  const left = streamObject({
    model,
    schema: PERSON,
    prompt: "Ada",
    abortSignal: second.signal,
    onError: ({ error }) => void errors.push(error),
  });
  const read = async () => {
    for await (const _ of left.partialObjectStream) second.abort(reason);
  };
  await read().catch((error) => errors.push(error));
  expect(errors).toContain(reason);
  await server.to("/generate")[1].left;
});

describe("text, tools, reasoning", () => {
  const call = { id: "call1", name: "weather", arguments: { city: "Oslo" } };
  const CALLED = { ...answerWith(null), finish_reason: "tool_calls" as const, tool_calls: [call] };
  const weather = (asked: string[]) =>
    tool({
      description: "The weather in a city",
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => {
        asked.push(city);
        return { degrees: 21 };
      },
    });

  test("generateText: a loop of calls, then text with reasoning", async () => {
    await using server = await serverWith([
      json(CALLED),
      json({ ...answerWith("It is warm."), reasoning: "21 degrees are warm." }),
    ]);
    const asked: string[] = [];
    const { text, reasoningText, steps } = await generateText({
      model: createFormwork({ baseUrl: server.url })(),
      prompt: "Weather in Oslo?",
      tools: { weather: weather(asked) },
      toolChoice: "auto",
      stopWhen: stepCountIs(3),
      topK: 4,
      stopSequences: ["END"],
      providerOptions: { formwork: { reasoning: { maxTokens: 50 }, minP: 0.1 } },
    });
    expect({ text, reasoningText, asked, steps: steps.length }).toEqual({
      text: "It is warm.",
      reasoningText: "21 degrees are warm.",
      asked: ["Oslo"],
      steps: 2,
    });
    const [first, second] = server.to("/generate").map(({ body }) => body as Record<string, unknown>);
    expect(first).toMatchObject({
      tools: [{ name: "weather", description: "The weather in a city", parameters: { required: ["city"] } }],
      tool_choice: "auto",
      top_k: 4,
      min_p: 0.1,
      stop: ["END"],
      reasoning: { max_tokens: 50 },
    });
    expect(first).not.toHaveProperty("schema");
    expect(second.messages).toEqual([
      { role: "user", content: "Weather in Oslo?" },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "call1", name: "weather", arguments: '{"city":"Oslo"}' }],
      },
      { role: "tool", name: "weather", tool_call_id: "call1", content: '{"degrees":21}' },
    ]);
  });

  test("streamText: text, reasoning and arguments as they come", async () => {
    const stream = (...parts: string[]) => [event("start", {}), ...parts];
    await using server = await serverWith([
      events(
        stream(
          event("reasoning", { text: "Oslo, " }),
          event("reasoning", { text: "then." }),
          event("tool_call", { call: 0, id: "call1", name: "weather" }),
          event("tool_arguments", { call: 0, text: '{"city":' }),
          event("tool_arguments", { call: 0, text: '"Oslo"}' }),
          event("finish", CALLED),
        ),
      ),
      events(
        stream(
          event("delta", { text: "It is " }),
          event("delta", { text: "warm." }),
          event("finish", answerWith("It is warm.")),
        ),
      ),
    ]);
    const asked: string[] = [];
    const result = streamText({
      model: createFormwork({ baseUrl: server.url })(),
      prompt: "Weather in Oslo?",
      tools: { weather: weather(asked) },
      stopWhen: stepCountIs(3),
    });
    const types: string[] = [];
    for await (const part of result.fullStream) types.push(part.type);
    expect(await result.text).toBe("It is warm.");
    expect(asked).toEqual(["Oslo"]);
    const blocks = types.filter((type) =>
      /^(text|reasoning|tool-input)-(start|delta|end)$|^tool-call$/.test(type),
    );
    expect(blocks).toEqual([
      ...["reasoning-start", "reasoning-delta", "reasoning-delta", "reasoning-end"],
      ...["tool-input-start", "tool-input-delta", "tool-input-delta", "tool-input-end", "tool-call"],
      ...["text-start", "text-delta", "text-delta", "text-end"],
    ]);
  });

  test("patterns and choices", async () => {
    await using server = await serverWith(json(answerWith("yes")));
    const { text } = await generateText({
      model: createFormwork({ baseUrl: server.url })(),
      prompt: "Yes or no?",
      providerOptions: { formwork: { choice: ["yes", "no"] } },
    });
    expect(text).toBe("yes");
    expect(server.to("/generate")[0].body).toMatchObject({ choice: ["yes", "no"] });
    expect(server.to("/generate")[0].body).not.toHaveProperty("tools");
  });
});

test("what has no meaning here is refused", async () => {
  await using server = await serverWith(json(answerWith(ADA)));
  const formwork = createFormwork({ baseUrl: server.url });
  await expect(
    generateObject({
      model: formwork(),
      schema: PERSON,
      messages: [
        { role: "user", content: [{ type: "image", image: new Uint8Array([1]), mediaType: "image/png" }] },
      ],
    }),
  ).rejects.toThrow(/text only/);
  expect(server.seen).toHaveLength(0);
  expect(() => formwork.embeddingModel("any")).toThrow(/embeddingModel/);
});
