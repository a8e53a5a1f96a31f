import { afterEach, describe, expect, test } from "vitest";
import {
  breakOff,
  event,
  events,
  json,
  type Reply,
  type ScriptedServer,
  silence,
  text,
} from "../../client/testing/scriptedServer.js";
import { createRemoteEngine, type RemoteEngineOptions } from "./index.js";
import { ADA, bodyOf, CHAT, EVEN, PERSON, PIECES, serverWith } from "./testing/chatServer.js";
import { collect, completion, failureOf, requestFor, TestEngines } from "./testing/wire.js";

const engines = new TestEngines();
afterEach(() => engines.close());

function engineFor(server: ScriptedServer, kind = "vllm", options: RemoteEngineOptions = {}) {
  return engines.at(server.url, kind, options);
}

describe("one document", () => {
  test("start, the document, usage, timings; the counters agree", async () => {
    await using server = await serverWith(events(completion(PIECES)));
    const engine = engineFor(server);
    const { events: seen, result } = await collect(engine.generate(requestFor(PERSON)));
    expect(seen.map(({ type }) => type)).toEqual(["start", "delta", "finish"]);
    expect(result).toMatchObject({
      text: ADA,
      output: { name: "Ada", age: 36 },
      finishReason: "stop",
      usage: { promptTokens: 30, cachedTokens: 10, completionTokens: 4, forcedTokens: 0 },
      model: "small",
      attempts: 1,
    });
    expect(result.timings.totalMs).toBeGreaterThanOrEqual(result.timings.firstTokenMs);
    expect(engine.statistics()).toMatchObject({
      requests: 1,
      failures: 0,
      completionTokens: 4,
      repairs: 0,
      active: 0,
    });
    expect(engine.status()).toMatchObject({ state: "ready", model: "small", modelLoaded: true });
  });

  test("a caller who shows the text gets it as it comes", async () => {
    await using server = await serverWith(events(completion(["  ", ...PIECES, " "])));
    const { deltas } = await collect(engineFor(server).generate(requestFor(PERSON, { incremental: true })));
    expect(deltas).toEqual(PIECES);
  });

  test("a caller who stops at the end has not left", async () => {
    await using server = await serverWith(events(completion(PIECES)));
    const engine = engineFor(server);
    for await (const event of engine.generate(requestFor(PERSON))) if (event.type === "finish") break;
    const abandoned = engine.generate(requestFor(PERSON))[Symbol.asyncIterator]();
    while ((await abandoned.next()).value?.type !== "finish");
    expect(engine.statistics()).toMatchObject({ requests: 2, cancellations: 0, failures: 0, active: 0 });
    expect(engine.status().state).toBe("ready");
  });

  test("the schema is told to the model, unless it should not be", async () => {
    await using server = await serverWith(events(completion(PIECES)));
    const engine = engineFor(server);
    await collect(engine.generate(requestFor(PERSON)));
    await collect(engine.generate(requestFor(PERSON, { schemaInPrompt: false })));
    expect(bodyOf(server, 0).messages[0]).toMatchObject({
      role: "system",
      content: expect.stringContaining("age"),
    });
    expect(bodyOf(server, 1).messages).toEqual([{ role: "user", content: "a person" }]);
  });

  test("keys go with every request", async () => {
    await using server = await serverWith(events(completion(PIECES)));
    const engine = engineFor(server, "vllm", {
      apiKey: "key",
      modalKey: "wk-1",
      modalSecret: "ws-1",
      headers: { "x-a": "b" },
    });
    await collect(engine.generate(requestFor(PERSON)));
    for (const { headers } of server.seen) {
      expect(headers).toMatchObject({
        authorization: "Bearer key",
        "modal-key": "wk-1",
        "modal-secret": "ws-1",
        "x-a": "b",
      });
    }
  });

  test("a schema that Formwork refuses is never sent", async () => {
    await using server = await serverWith(events(completion(PIECES)));
    const error = await failureOf(engineFor(server).generate(requestFor({ type: "nothing" })));
    expect(error).toMatchObject({ code: "invalid_schema", pointer: expect.any(String) });
    expect(server.seen).toHaveLength(0);
  });

  test("models: the first of the list, the one asked for, none of that name", async () => {
    const models = json({ data: [{ id: "small" }, { id: "large" }] });
    await using server = await serverWith(events(completion(PIECES)), { "GET /v1/models": models });
    const engine = engineFor(server);
    await collect(engine.generate(requestFor(PERSON)));
    await collect(engine.generate(requestFor(PERSON, { model: "large" })));
    expect([bodyOf(server, 0).model, bodyOf(server, 1).model]).toEqual(["small", "large"]);
    expect(await failureOf(engine.generate(requestFor(PERSON, { model: "huge" })))).toMatchObject({
      code: "unknown_model",
    });
    expect(engine.status()).toMatchObject({ model: "small", otherModels: ["large"] });
    expect(server.to("/v1/models")).toHaveLength(1);
  });

  test("free text for comparisons", async () => {
    await using server = await serverWith(events(completion(["Hello", " there"])));
    const { result, deltas } = await collect(
      engineFor(server).generate(requestFor(PERSON, { constraint: "free" })),
    );
    expect(result.output).toBe("Hello there");
    expect(deltas).toEqual(["Hello", " there"]);
    expect(bodyOf(server)).not.toHaveProperty("response_format");
  });
});

describe("each server in its own words", () => {
  const sampling = { temperature: 0.5, topP: 0.9, topK: 20, minP: 0.1, repetitionPenalty: 1.1, seed: 7 };
  const format = { type: "json_schema", json_schema: { name: "document", schema: PERSON } };
  test.each<[string, object, string[]]>([
    [
      "vllm",
      {
        response_format: format,
        top_k: 20,
        min_p: 0.1,
        repetition_penalty: 1.1,
        seed: 7,
        max_tokens: 64,
        temperature: 0.5,
        top_p: 0.9,
        stream: true,
        stream_options: { include_usage: true, continuous_usage_stats: true },
      },
      ["guided_json", "repeat_penalty"],
    ],
    [
      "sglang",
      {
        response_format: format,
        top_k: 20,
        min_p: 0.1,
        repetition_penalty: 1.1,
        stream_options: { include_usage: true, continuous_usage_stats: true },
      },
      [],
    ],
    [
      "llama-server",
      { response_format: format, top_k: 20, min_p: 0.1, repeat_penalty: 1.1, cache_prompt: true },
      ["repetition_penalty"],
    ],
    [
      "openai",
      { response_format: format, temperature: 0.5, top_p: 0.9, seed: 7 },
      ["top_k", "min_p", "cache_prompt"],
    ],
  ])("%s", async (kind, expected, absent) => {
    await using server = await serverWith(events(completion(PIECES)));
    await collect(engineFor(server, kind).generate(requestFor(PERSON, { sampling })));
    expect(bodyOf(server)).toMatchObject(expected);
    const kept = kind === "llama-server" ? "close" : "keep-alive";
    for (const { headers } of server.seen) expect(headers.connection).toBe(kept);
    for (const field of absent) expect(bodyOf(server)).not.toHaveProperty(field);
  });

  test("formwork: its own route, the schema as it stands, a longer conversation as a chat", async () => {
    const answer = {
      output: { n: 4 },
      finish_reason: "length",
      model: "far",
      usage: { prompt_tokens: 9, cached_tokens: 8, completion_tokens: 5, forced_tokens: 3 },
    };
    const wire = [
      event("start", { prompt_tokens: 9 }),
      event("delta", { text: '{"n":' }),
      event("delta", { text: "4}" }),
      event("finish", answer),
    ];
    await using server = await serverWith(events(completion(['{"n":2}'])), {
      "POST /generate": events(wire),
    });
    const engine = engineFor(server, "formwork");
    const { result, deltas } = await collect(
      engine.generate(
        requestFor(EVEN, {
          messages: [
            { role: "system", content: "Brief." },
            { role: "user", content: "a number" },
          ],
          incremental: true,
          additionalMembers: "schema",
        }),
      ),
    );
    expect(result).toMatchObject({
      output: { n: 4 },
      finishReason: "length",
      model: "far",
      usage: { promptTokens: 9, cachedTokens: 8, completionTokens: 5, forcedTokens: 3 },
    });
    expect(deltas).toEqual(['{"n":', "4}"]);
    expect(server.to("/generate")[0].body).toMatchObject({
      prompt: "a number",
      system: "Brief.",
      schema: EVEN,
      stream: true,
      additional_members: "schema",
    });
    const turns = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ] as const;
    const chat = await collect(engine.generate(requestFor(EVEN, { messages: turns })));
    expect(chat.result.output).toEqual({ n: 2 });
    expect(bodyOf(server)).toMatchObject({
      messages: turns,
      response_format: { json_schema: { schema: EVEN } },
    });
  });

  test("members that the schema does not name, where the caller permits them", async () => {
    const schema = { type: "object", properties: { name: { type: "string" } } };
    const request = requestFor(schema, { additionalMembers: "schema" });
    await using vllm = await serverWith(events(completion(PIECES)));
    const { result } = await collect(engines.at(vllm.url).generate(request));
    expect(result.ignored).toBeUndefined();
    expect(JSON.stringify(bodyOf(vllm).response_format)).not.toContain("additionalProperties");
    await collect(engines.at(vllm.url, "vllm").generate({ ...request, additionalMembers: "closed" }));
    expect(JSON.stringify(bodyOf(vllm, 1).response_format)).toContain('"additionalProperties":false');
  });

  test("formwork: one that is cold is warmed by a GET first, however often that breaks", async () => {
    const answer = {
      output: { n: 4 },
      finish_reason: "stop",
      usage: { prompt_tokens: 9, completion_tokens: 5 },
    };
    await using server = await serverWith(silence, {
      "GET /warmup": [
        breakOff,
        json({ error: "Loading.", code: "not_ready" }, 503),
        json({ status: "warm" }),
      ],
      "POST /generate": events([event("delta", { text: '{"n":4}' }), event("finish", answer)]),
    });
    const { result } = await collect(engineFor(server, "formwork").generate(requestFor(EVEN)));
    expect(result.output).toEqual({ n: 4 });
    expect(server.seen.map(({ url }) => url)).toEqual([
      "/warmup",
      "/warmup",
      "/warmup",
      "/v1/models",
      "/generate",
    ]);
  });

  test("formwork: its refusals are the caller's, with their pointer", async () => {
    const refusal = { error: "No.", status: 400, code: "unsupported_schema", pointer: "/x" };
    await using server = await serverWith(silence, {
      "POST /generate": [
        json(refusal, 400),
        events([event("error", { error: "Late.", status: 504, code: "timeout" })]),
      ],
    });
    const engine = engineFor(server, "formwork");
    expect(await failureOf(engine.generate(requestFor(PERSON)))).toMatchObject({
      code: "unsupported_schema",
      pointer: "/x",
    });
    expect(await failureOf(engine.generate(requestFor(PERSON)))).toMatchObject({
      code: "timeout",
      message: "Late.",
    });
  });
});

describe("warm-up and readiness", () => {
  test("ready means that a real inference has finished; callers share one", async () => {
    await using server = await serverWith(events(completion(['{"ok":true}'])), {
      "GET /health": [json({ error: { message: "Loading model", code: 503 } }, 503), text("")],
    });
    const engine = engineFor(server);
    expect(engine.status()).toMatchObject({
      state: "idle",
      model: expect.stringContaining("vllm at 127.0.0.1"),
    });
    const both = Promise.all([engine.warmup(), engine.warmup()]);
    expect(engine.status()).toMatchObject({ state: "loading", stage: "connect" });
    const [report] = await both;
    expect(report.model).toBe("small");
    expect(Object.keys(report.stages)).toEqual(["connect", "warmup"]);
    expect(engine.status()).toEqual({ state: "ready", model: "small", modelLoaded: true });
    expect(server.to(CHAT)).toHaveLength(1);
    expect((await engine.warmup()).loadMs).toBe(0);
  });

  test("a warm-up that fails says why; one caller who leaves does not end it for others", async () => {
    await using server = await serverWith(events(completion(['{"ok":true}'])), {
      "GET /health": [
        text("gone", 500),
        async (request, response) => {
          await new Promise((resolve) => setTimeout(resolve, 60));
          await text("")(request, response);
        },
      ],
    });
    const engine = engineFor(server);
    await expect(engine.warmup()).rejects.toMatchObject({ code: "upstream_error" });
    expect(engine.status()).toMatchObject({ state: "failed", error: expect.stringContaining("500: gone") });
    const staying = engine.warmup();
    await expect(engine.warmup(AbortSignal.timeout(10))).rejects.toMatchObject({ code: "cancelled" });
    expect((await staying).model).toBe("small");
  });

  test("names that are no engine", () => {
    for (const spec of ["vllm", "vllm=", "vllm=localhost", "ollama=http://a", "=http://a", "vllm=ftp://a"]) {
      expect(() => createRemoteEngine(spec)).toThrow(expect.objectContaining({ code: "wrong_usage" }));
    }
    expect(createRemoteEngine("openai=https://api.example/v1/").status().model).toBe("openai at api.example");
  });
});

describe("a server with the plug-in", () => {
  const card = { object: "list", data: [{ id: "small", object: "model", structured_outputs: "formwork" }] };

  test("gets the whole schema, and its text goes out at once", async () => {
    await using server = await serverWith(events(completion(['{"n":', "2}"])), {
      "GET /v1/models": json(card),
    });
    const request = requestFor(EVEN, { incremental: true });
    const { deltas } = await collect(engineFor(server).generate(request));
    expect(bodyOf(server).response_format?.json_schema?.schema).toEqual(EVEN);
    expect(deltas).toEqual(['{"n":', "2}"]);
  });

  test("SGLang names its backend elsewhere", async () => {
    await using server = await serverWith(events(completion(['{"n":2}'])), {
      "GET /server_info": json({ grammar_backend: "formwork" }),
    });
    await collect(engineFor(server, "sglang").generate(requestFor(EVEN)));
    expect(bodyOf(server).response_format?.json_schema?.schema).toEqual(EVEN);
  });

  test("its refusals reach the caller, and no weaker constraint is tried", async () => {
    const message = "The answer may have 2 tokens; the shortest document of this schema needs 5.";
    const refusal: Reply = (_request, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message, param: "structured_outputs", code: 400 } }));
    };
    await using server = await serverWith([refusal], { "GET /v1/models": json(card) });
    expect(await failureOf(engineFor(server).generate(requestFor(EVEN)))).toMatchObject({
      code: "budget_too_small",
    });
    expect(server.to(CHAT)).toHaveLength(1);
  });

  test("an answer that is not valid is still found out", async () => {
    await using server = await serverWith(
      [events(completion(['{"n":3}'])), events(completion(['{"n":4}']))],
      {
        "GET /v1/models": json(card),
      },
    );
    const { result } = await collect(engineFor(server).generate(requestFor(EVEN)));
    expect(result).toMatchObject({ text: '{"n":4}', attempts: 2 });
  });
});
