import OpenAI from "openai";
import { expect, test } from "vitest";
import { parseEvents, person, testApp } from "../../testing/app.js";

function openai(options: Parameters<typeof testApp>[0] = {}) {
  const { app, engine } = testApp(options);
  const client = new OpenAI({
    apiKey: "one",
    baseURL: "http://localhost/v1",
    maxRetries: 0,
    fetch: async (input, init) => app.request(input as string, init as RequestInit),
  });
  return { client, engine };
}

test("OpenAI's client gets a completion, whole and streamed", async () => {
  const { client, engine } = openai({ text: "Hello there" });
  const body = { model: "fake", prompt: "Hi", max_tokens: 12, logprobs: 1 };
  const whole = await client.completions.create(body);
  expect(whole).toMatchObject({
    object: "text_completion",
    choices: [
      {
        index: 0,
        text: "Hello there",
        finish_reason: "stop",
        logprobs: {
          tokens: ["Hell", "o th", "ere"],
          text_offset: [0, 4, 8],
          token_logprobs: [-0.5, -0.5, -0.5],
        },
      },
    ],
    usage: { total_tokens: 10 },
  });
  expect(engine.requests[0]).toMatchObject({
    messages: [{ role: "user", content: "Hi" }],
    format: { kind: "text" },
    topLogprobs: 1,
  });
  let text = "";
  const offsets: unknown[] = [];
  for await (const chunk of await client.completions.create({ ...body, stream: true })) {
    text += chunk.choices[0].text;
    offsets.push(...(chunk.choices[0].logprobs?.text_offset ?? []));
  }
  expect(text).toBe("Hello there");
  expect(offsets).toEqual([0, 4, 8]);
});

test("several answers, held to a schema, and the tokens at the end", async () => {
  const { post, engine } = testApp({ finishReason: "length" });
  const body = {
    prompt: ["Hi"],
    guided_json: person,
    n: 2,
    stream: true,
    stream_options: { include_usage: true },
  };
  const events = parseEvents(await (await post("/v1/completions", body)).text()).map(({ data }) => data);
  expect(events.at(-1)).toBe("[DONE]");
  expect(JSON.parse(events.at(-2) ?? "").usage).toMatchObject({ completion_tokens: 8 });
  expect(events.filter((data) => data.includes('"closed_early":true'))).toHaveLength(2);
  expect(engine.requests.map(({ schema }) => schema)).toEqual([
    JSON.stringify(person),
    JSON.stringify(person),
  ]);
});

test.each([
  [{}, "/prompt"],
  [{ prompt: ["a", "b"] }, "/prompt"],
  [{ prompt: [1, 2] }, "/prompt"],
  [{ prompt: "x", echo: true }, "/echo"],
  [{ prompt: "x", suffix: "y" }, "/suffix"],
])("refuses %j", async (body, pointer) => {
  const response = await testApp().post("/v1/completions", body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { param: pointer } });
});
