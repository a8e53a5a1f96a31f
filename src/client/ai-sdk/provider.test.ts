import { generateObject, generateText, Output, streamObject } from "ai";
import { expect, test } from "vitest";
import { z } from "zod";
import { createClient } from "../index.js";
import { answerWith, READY, streamOf } from "../testing/answers.js";
import { events, json, type Reply, scriptedServer } from "../testing/scriptedServer.js";
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
    prompt: "Ada, 36",
    system: "Be brief.",
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
    prompt: "User: Ada\n\nAssistant: Which Ada?\n\nUser: Lovelace",
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

test("a stream that fails says so; one that is left ends on the server", async () => {
  await using server = await serverWith([
    events(streamOf(['{"name":"A', '"}']).slice(0, 2), "break"),
    events(streamOf(['{"name":"A', '"}']).slice(0, 2), "hang"),
  ]);
  const model = createFormwork({ baseUrl: server.url })();
  const errors: unknown[] = [];
  const failing = streamObject({
    model,
    schema: PERSON,
    prompt: "Ada",
    onError: ({ error }) => void errors.push(error),
  });
  for await (const _ of failing.partialObjectStream);
  expect(errors).toMatchObject([{ code: "upstream_error" }]);

  const controller = new AbortController();
  const left = streamObject({
    model,
    schema: PERSON,
    prompt: "Ada",
    abortSignal: controller.signal,
    onError: () => {},
  });
  for await (const _ of left.partialObjectStream) controller.abort();
  await server.to("/generate")[1].left;
});

test("what has no meaning here is refused, what is ignored is said", async () => {
  await using server = await serverWith(json(answerWith(ADA)));
  const formwork = createFormwork({ baseUrl: server.url });
  await expect(generateText({ model: formwork(), prompt: "Hello" })).rejects.toThrow(/generateObject/);
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
  const { warnings } = await generateObject({ model: formwork(), schema: PERSON, prompt: "Ada", topK: 4 });
  expect(warnings).toEqual([{ type: "unsupported", feature: "topK" }]);
  expect(() => formwork.embeddingModel("any")).toThrow(/embeddingModel/);
});
