import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { ClientError, createClient, type StandardSchema } from "./index.js";
import { answerWith, READY, streamOf } from "./testing/answers.js";
import {
  breakOff,
  event,
  events,
  json,
  type Reply,
  scriptedServer,
  silence,
  text,
} from "./testing/scriptedServer.js";

const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name"],
  additionalProperties: false,
} as const;

const ADA = { name: "Ada", age: 36 };

function serverWith(generate: Reply | Reply[]) {
  return scriptedServer({ "GET /health": json(READY), "POST /generate": generate });
}

async function failureOf(promise: Promise<unknown>): Promise<ClientError> {
  const thrown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(thrown).toBeInstanceOf(ClientError);
  return thrown as ClientError;
}

describe("generate", () => {
  test("sends what was asked and types the answer from the schema", async () => {
    await using server = await serverWith(json(answerWith(ADA)));
    const client = createClient({
      baseUrl: `${server.url}/`,
      apiKey: "key",
      modalKey: "wk-1",
      modalSecret: "ws-1",
      sessionId: "conversation-7",
      headers: { "x-team": "red" },
    });
    const answer = await client.generate({
      prompt: "Ada, 36",
      system: "Be brief.",
      schema: PERSON,
      maxTokens: 64,
      temperature: 0,
      topP: 0.9,
      seed: 1,
      model: "scripted",
    });
    expectTypeOf(answer.output).toEqualTypeOf<{ name: string; age?: number }>();
    expect(answer).toEqual({
      output: ADA,
      text: JSON.stringify(ADA),
      finishReason: "stop",
      usage: { promptTokens: 20, cachedTokens: 4, completionTokens: 7, forcedTokens: 3 },
      model: "scripted",
      requestId: "request-1",
      generationTimeMs: 12.5,
      timings: { queueMs: 0, compileMs: 1, prefillMs: 5, firstTokenMs: 6, decodeMs: 6.5, totalMs: 12.5 },
    });
    const [request] = server.to("/generate");
    expect(request.body).toEqual({
      prompt: "Ada, 36",
      system: "Be brief.",
      schema: PERSON,
      max_tokens: 64,
      temperature: 0,
      top_p: 0.9,
      seed: 1,
      model: "scripted",
    });
    expect(request.headers).toMatchObject({
      authorization: "Bearer key",
      "modal-key": "wk-1",
      "modal-secret": "ws-1",
      "modal-session-id": "conversation-7",
      "x-team": "red",
      "content-type": "application/json",
    });
  });

  test("sends every setting by its name on the wire", async () => {
    await using server = await serverWith(json(answerWith(ADA)));
    await createClient({ baseUrl: server.url }).generate({
      prompt: "Ada",
      schema: PERSON,
      repetitionPenalty: 1.1,
      additionalMembers: "schema",
      schemaInPrompt: false,
      stop: ["END"],
      logprobs: 2,
      reasoning: { maxTokens: 20, effort: "low" },
      minP: undefined,
    });
    expect(server.to("/generate")[0].body).toEqual({
      prompt: "Ada",
      schema: PERSON,
      repetition_penalty: 1.1,
      additional_members: "schema",
      schema_in_prompt: false,
      stop: ["END"],
      logprobs: 2,
      reasoning: { max_tokens: 20, effort: "low" },
    });
  });

  test("takes a Zod schema: sends its JSON Schema, runs its checks and transformations", async () => {
    await using server = await serverWith([
      json(answerWith({ day: "2026-03-01" })),
      json(answerWith({ day: "soon" })),
    ]);
    const client = createClient({ baseUrl: server.url });
    const schema = z.object({
      day: z
        .string()
        .refine((day) => day.startsWith("2"))
        .transform((day) => day.length),
    });
    const answer = await client.generate({ prompt: "When?", schema });
    expectTypeOf(answer.output).toEqualTypeOf<{ day: number }>();
    expect(answer.output).toEqual({ day: 10 });
    expect(server.to("/generate")[0].body).toMatchObject({
      schema: {
        type: "object",
        properties: { day: { type: "string" } },
        required: ["day"],
        additionalProperties: false,
      },
    });
    const refused = await failureOf(client.generate({ prompt: "When?", schema }));
    expect(refused).toMatchObject({ code: "invalid_output", pointer: "/day" });
  });

  test("takes a JSON Schema with a check of one's own", async () => {
    await using server = await serverWith(json(answerWith(ADA)));
    const client = createClient({ baseUrl: server.url });
    const validate = (value: unknown) => {
      const { age } = value as { age: number };
      if (age > 40) throw new Error("too old");
      return { age };
    };
    const answer = await client.generate({ prompt: "Ada", schema: { schema: PERSON, validate } });
    expectTypeOf(answer.output).toEqualTypeOf<{ age: number }>();
    expect(answer.output).toEqual({ age: 36 });
    expect(server.to("/generate")[0].body).toMatchObject({ schema: PERSON });
  });

  test("takes any Standard Schema, with a conversion of its own or with a JSON Schema beside it", async () => {
    await using server = await serverWith(json(answerWith(ADA)));
    const client = createClient({ baseUrl: server.url });
    const named: StandardSchema<unknown, { name: string }> = {
      "~standard": {
        version: 1,
        vendor: "own",
        validate: async (value) =>
          (value as { name: string }).name === "Ada"
            ? { value: { name: "Ada!" } }
            : { issues: [{ message: "not Ada", path: ["name"] }] },
        jsonSchema: { input: () => PERSON },
      },
    };
    const converted = await client.generate({ prompt: "Ada", schema: named });
    expectTypeOf(converted.output).toEqualTypeOf<{ name: string }>();
    expect(converted.output).toEqual({ name: "Ada!" });
    const schema = { schema: PERSON, validate: z.object({ age: z.number().transform(String) }) };
    const beside = await client.generate({ prompt: "Ada", schema });
    expectTypeOf(beside.output).toEqualTypeOf<{ age: string }>();
    expect(beside.output).toEqual({ age: "36" });
    expect(server.to("/generate").map(({ body }) => (body as { schema: unknown }).schema)).toEqual([
      PERSON,
      PERSON,
    ]);
  });

  test("refuses a Standard Schema that cannot become JSON Schema, before anything is sent", async () => {
    await using server = await serverWith(json(answerWith(ADA)));
    const client = createClient({ baseUrl: server.url });
    const bare = {
      "~standard": { version: 1, vendor: "bare", validate: (value: unknown) => ({ value }) },
    } as const;
    expect(await failureOf(client.generate({ prompt: "Ada", schema: bare }))).toMatchObject({
      code: "invalid_schema",
      message: expect.stringContaining("validate"),
    });
    expect(
      await failureOf(client.generate({ prompt: "Ada", schema: z.object({ at: z.date() }) })),
    ).toMatchObject({
      code: "invalid_schema",
    });
    expect(server.seen).toHaveLength(0);
  });

  test("errors carry status, code, pointer, request id and retryability", async () => {
    await using server = await serverWith(
      json(
        { error: "Not here.", status: 400, code: "unsupported_schema", pointer: "/x", keyword: "$ref" },
        400,
        {
          "x-request-id": "request-9",
        },
      ),
    );
    const error = await failureOf(
      createClient({ baseUrl: server.url }).generate({ prompt: "a", schema: true }),
    );
    expect(error).toMatchObject({
      message: "Not here.",
      status: 400,
      code: "unsupported_schema",
      pointer: "/x",
      keyword: "$ref",
      requestId: "request-9",
      retryable: false,
    });
    expect(server.to("/generate")).toHaveLength(1);
  });

  test.each([
    [401, "modal-http: missing credentials for proxy authorization", "unauthorized", "modalKey"],
    [401, "token expired", "unauthorized", "apiKey"],
    [404, "<html>", "not_found", "baseUrl"],
    [500, "oops", "upstream_error", "500: oops"],
    [504, "gateway", "timeout", "504"],
  ])("a bare %i of a platform (%s) is %s and never tried again", async (status, body, code, message) => {
    await using server = await serverWith(text(body, status));
    const error = await failureOf(
      createClient({ baseUrl: server.url }).generate({ prompt: "a", schema: true }),
    );
    expect(error).toMatchObject({ status, code, message: expect.stringContaining(message) });
    expect(server.to("/generate")).toHaveLength(1);
  });

  test("a 200 that is no answer is an error, an older server's error in a 200 too", async () => {
    await using server = await serverWith([
      text("<html>welcome</html>"),
      json({ error: "No schema.", status: 400, code: "missing_field" }),
    ]);
    const client = createClient({ baseUrl: server.url });
    expect(await failureOf(client.generate({ prompt: "a", schema: true }))).toMatchObject({
      code: "upstream_error",
      retryable: false,
    });
    expect(await failureOf(client.generate({ prompt: "a", schema: true }))).toMatchObject({
      code: "missing_field",
    });
  });

  test("an aborted signal closes the connection", async () => {
    await using server = await serverWith(silence);
    const client = createClient({ baseUrl: server.url });
    const controller = new AbortController();
    const failure = failureOf(client.generate({ prompt: "a", schema: true, signal: controller.signal }));
    await expect.poll(() => server.to("/generate").length).toBe(1);
    controller.abort();
    expect(await failure).toMatchObject({ code: "cancelled" });
    await server.to("/generate")[0].left;
  });

  test("a signal that is aborted already sends nothing", async () => {
    await using server = await serverWith(json(answerWith(ADA)));
    const call = createClient({ baseUrl: server.url }).generate({
      prompt: "a",
      schema: true,
      signal: AbortSignal.abort(),
    });
    expect(await failureOf(call)).toMatchObject({ code: "cancelled" });
    expect(server.seen).toHaveLength(0);
  });
});

describe("stream", () => {
  const PIECES = ['{"na', 'me":"A', 'da","age":3', "6}"];

  test("yields the document as it grows, then the answer", async () => {
    await using server = await serverWith(events(streamOf(PIECES)));
    const stream = createClient({ baseUrl: server.url }).stream({ prompt: "Ada", schema: PERSON });
    const partials: { name?: string; age?: number }[] = [];
    for await (const partial of stream) partials.push(partial);
    expect(partials).toEqual([{}, { name: "A" }, { name: "Ada" }, { name: "Ada", age: 36 }]);
    const { output, usage } = await stream.final();
    expect(output).toEqual(ADA);
    expect(usage.completionTokens).toBe(7);
    expect(server.to("/generate")[0].body).toMatchObject({ stream: true });
  });

  test("final alone reads it all; text gives the pieces", async () => {
    await using server = await serverWith(events(streamOf(PIECES)));
    const client = createClient({ baseUrl: server.url });
    expect((await client.stream({ prompt: "Ada", schema: PERSON }).final()).output).toEqual(ADA);
    const pieces: string[] = [];
    for await (const piece of client.stream({ prompt: "Ada", schema: PERSON }).text()) pieces.push(piece);
    expect(pieces).toEqual(PIECES);
  });

  test("wire text cut at any byte gives the same events", async () => {
    const wire = Buffer.from(streamOf(['{"name":"Zoë 🦊"}']).join("").replaceAll("\n", "\r\n"));
    await using server = await serverWith(async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const byte of wire) response.write(Buffer.from([byte]));
      response.end();
    });
    const stream = createClient({ baseUrl: server.url }).stream({ prompt: "Ada", schema: PERSON });
    expect((await stream.final()).output).toEqual({ name: "Zoë 🦊" });
  });

  test("leaving the loop ends the request on the server", async () => {
    await using server = await serverWith(events(streamOf(PIECES).slice(0, 3), "hang"));
    const stream = createClient({ baseUrl: server.url }).stream({ prompt: "Ada", schema: PERSON });
    for await (const partial of stream) if (partial.name === "A") break;
    await server.to("/generate")[0].left;
    expect(await failureOf(stream.final())).toMatchObject({ code: "cancelled" });
  });

  test.each([
    ["breaks", events(streamOf(PIECES).slice(0, 3), "break"), "upstream_error"],
    ["ends early", events(streamOf(PIECES).slice(0, 3)), "upstream_error"],
    ["breaks before its first event", events([], "break"), "upstream_error"],
    ["holds no JSON", events(["event: delta\ndata: {oops\n\n"]), "upstream_error"],
    [
      "says it failed",
      events([
        event("start", {}),
        event("error", { error: "Died.", status: 503, code: "engine_unavailable" }),
      ]),
      "engine_unavailable",
    ],
    ["never was one", json(answerWith(ADA)), "upstream_error"],
    ["is refused by breaking off", breakOff, "upstream_error"],
  ])("a stream that %s fails once and is not asked again", async (_what, reply, code) => {
    await using server = await serverWith(reply);
    const stream = createClient({ baseUrl: server.url }).stream({ prompt: "Ada", schema: PERSON });
    expect(await failureOf(stream.final())).toMatchObject({ code });
    expect(server.to("/generate")).toHaveLength(1);
  });

  test("can be read once", async () => {
    await using server = await serverWith(events(streamOf(PIECES)));
    const stream = createClient({ baseUrl: server.url }).stream({ prompt: "Ada", schema: PERSON });
    await stream.final();
    await expect(stream.text()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "wrong_usage" });
  });
});

test("an address that is none and half a proxy token are refused at once", () => {
  expect(() => createClient({ baseUrl: "localhost:8080" })).toThrow(/http/);
  expect(() => createClient({ baseUrl: "nowhere" })).toThrow(/baseUrl is not a URL/);
  expect(() => createClient({ baseUrl: "http://a", modalKey: "wk-1" })).toThrow(/modalSecret/);
});
