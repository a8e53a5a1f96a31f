import { afterEach, describe, expect, test } from "vitest";
import { events, json, type ScriptedServer } from "../../client/testing/scriptedServer.js";
import type { RemoteEngineOptions } from "./index.js";
import { ADA, bodyOf, CHAT, EVEN, PERSON, PIECES, serverWith } from "./testing/chatServer.js";
import { collect, completion, data, failureOf, requestFor, TestEngines } from "./testing/wire.js";

/** Answers that are not what they should be. */

const engines = new TestEngines();
afterEach(() => engines.close());

function engineFor(server: ScriptedServer, kind = "vllm", options: RemoteEngineOptions = {}) {
  return engines.at(server.url, kind, options);
}

describe("nothing is believed", () => {
  test("an answer that breaks the schema is asked for again, with the place and the reason", async () => {
    await using server = await serverWith([
      events(completion(['{"n":', "3}"])),
      events(completion(['{"n":4}'])),
    ]);
    const engine = engineFor(server);
    const { result, deltas } = await collect(engine.generate(requestFor(EVEN, { incremental: true })));
    expect(result).toMatchObject({
      output: { n: 4 },
      attempts: 2,
      usage: { promptTokens: 60, completionTokens: 3 },
    });
    expect(deltas).toEqual(['{"n":4}']);
    expect(engine.statistics()).toMatchObject({ repairs: 1, completionTokens: 3 });
    const [first, second] = [bodyOf(server, 0), bodyOf(server, 1)];
    expect(first.response_format?.json_schema?.schema).toEqual({
      type: "object",
      properties: { n: { type: "integer" } },
      required: ["n"],
      additionalProperties: false,
    });
    expect(first.messages[0].content).toContain('"multipleOf":2');
    expect([first.temperature, second.temperature, second.seed - first.seed]).toEqual([0, 0.7, 1]);
    expect(second.messages.slice(-2)).toEqual([
      { role: "assistant", content: '{"n":3}' },
      { role: "user", content: expect.stringMatching(/at \/n: must be multiple of 2/) },
    ]);
  });

  test("tries are bounded, the last fault is told", async () => {
    await using server = await serverWith(events(completion(['{"n":3}'])));
    const engine = engineFor(server, "vllm", { repairs: 1 });
    const error = await failureOf(engine.generate(requestFor(EVEN)));
    expect(error).toMatchObject({
      code: "invalid_output",
      message: expect.stringMatching(/2 tries.*at \/n: must be multiple of 2/),
    });
    expect(server.to(CHAT)).toHaveLength(2);
    expect(engine.statistics()).toMatchObject({ failures: 1, repairs: 1 });
  });

  test.each([
    ["no JSON at all", ["Sure! Here is your person."]],
    ["a document of another shape", ['{"name":5', "}"]],
    ["two documents", [ADA, ADA]],
    ["nothing", []],
  ])("%s is no answer", async (_what, pieces) => {
    await using server = await serverWith([events(completion(pieces)), events(completion(PIECES))]);
    const { result } = await collect(engineFor(server).generate(requestFor(PERSON)));
    expect(result).toMatchObject({ output: { name: "Ada", age: 36 }, attempts: 2 });
  });

  test.each([
    ["a fence", ["```json\n", ADA, "\n```"]],
    ["a train of thought", ["<think>hm</think>", ADA]],
    ["white space", ["\n\n  ", ADA, "\n"]],
  ])("%s around the document does no harm", async (_what, pieces) => {
    await using server = await serverWith(events(completion(pieces)));
    const { result, deltas } = await collect(
      engineFor(server).generate(requestFor(PERSON, { incremental: true })),
    );
    expect(result).toMatchObject({ text: ADA, attempts: 1 });
    expect(deltas.join("")).toBe(ADA);
  });

  test("text that has been shown cannot be taken back: the stream fails, later ones wait for the verdict", async () => {
    await using server = await serverWith([
      events(completion(['{"age":1,"name":', "5}"])),
      events(completion(PIECES)),
    ]);
    const engine = engineFor(server);
    const seen: string[] = [];
    const failing = async () => {
      for await (const one of engine.generate(requestFor(PERSON, { incremental: true }))) seen.push(one.type);
    };
    await expect(failing()).rejects.toMatchObject({
      code: "invalid_output",
      message: expect.stringContaining("/name"),
    });
    expect(seen).toEqual(["start", "delta"]);
    expect(server.to(CHAT)).toHaveLength(1);
    const { deltas } = await collect(engine.generate(requestFor(PERSON, { incremental: true })));
    expect(deltas).toEqual([ADA]);
  });

  test("a document that the budget cut is closed here, whole and valid", async () => {
    await using server = await serverWith(events(completion(['{"name":"Ada Love'], { finish: "length" })));
    const engine = engineFor(server);
    for (const incremental of [false, true]) {
      const { result, deltas } = await collect(engine.generate(requestFor(PERSON, { incremental })));
      expect(result.finishReason).toBe("length");
      expect(result.output).toMatchObject({ name: "Ada Love", age: expect.any(Number) });
      expect(deltas.join("")).toBe(result.text);
    }
    expect(server.to(CHAT)).toHaveLength(2);
  });

  test("a cut document that cannot be closed is asked for again, shorter", async () => {
    const cut = events(completion(["Well, let me think about"], { finish: "length" }));
    await using server = await serverWith([cut, events(completion(PIECES))]);
    const { result } = await collect(engineFor(server).generate(requestFor(PERSON)));
    expect(result.attempts).toBe(2);
    expect(bodyOf(server, 1).messages.at(-1)).toEqual({
      role: "user",
      content: expect.stringMatching(/^a person\n.*brief/s),
    });
    await using stubborn = await serverWith(cut);
    expect(await failureOf(engineFor(stubborn).generate(requestFor(PERSON)))).toMatchObject({
      code: "invalid_output",
      message: expect.stringContaining("cut at 64 tokens"),
    });
  });

  test("a cut document that had left the schema is closed before that place, when nothing else is left", async () => {
    const tags = { type: "array", items: { enum: ["a", "b", "c"] }, uniqueItems: true };
    const rambling = events(completion(['["a","b"', ',"b"', ',"b"'], { finish: "length" }));
    await using server = await serverWith([rambling, events(completion(['["c"]'])), rambling]);
    const engine = engineFor(server);
    expect((await collect(engine.generate(requestFor(tags)))).result).toMatchObject({
      text: '["c"]',
      attempts: 2,
    });
    const { result } = await collect(engine.generate(requestFor(tags)));
    expect(result).toMatchObject({ finishReason: "length", attempts: 3 });
    expect(result.output).toEqual(["a", "b", "c"]);
    // Text that was shown stays.
    const twice = events(completion(['{"name":"Ada"', ',"name":"Ada'], { finish: "length" }));
    await using other = await serverWith(twice);
    const shown = await collect(engineFor(other).generate(requestFor(PERSON, { incremental: true })));
    expect(shown.deltas[0]).toBe('{"name":"Ada"');
    expect(shown.deltas.join("")).toBe(shown.result.text);
    expect(shown.result).toMatchObject({ attempts: 1, output: { name: "Ada", age: expect.any(Number) } });
  });

  test("a schema that the server refuses is asked for more weakly, and remembered", async () => {
    const refusal = json(
      { error: { message: "Invalid JSON schema", type: "BadRequestError", param: null, code: 400 } },
      400,
    );
    await using server = await serverWith([
      refusal,
      refusal,
      events(completion(PIECES)),
      events(completion(PIECES)),
    ]);
    const engine = engineFor(server);
    expect((await collect(engine.generate(requestFor(PERSON)))).result.attempts).toBe(1);
    await collect(engine.generate(requestFor(PERSON)));
    expect([0, 1, 2, 3].map((index) => bodyOf(server, index).response_format?.type)).toEqual([
      "json_schema",
      "json_object",
      undefined,
      undefined,
    ]);
  });

  test.each([
    ["says so", { message: "Failed to compile grammar", type: "BadRequestError", code: 400 }],
    // SGLang 0.5.23.
    [
      "names the keyword",
      {
        ...{ object: "error", type: "BAD_REQUEST", param: null, code: 400 },
        message:
          "Failed to compile json grammar: JSON Schema at # is not supported by xgrammar: keyword(s) not would be ignored",
      },
    ],
    // vLLM 0.32.0, where XGrammar fails in compiling.
    ["does not", { message: "Internal server error", type: "InternalServerError", param: null, code: 500 }],
  ])(
    "so is one that the server refuses inside a stream that it began with a 200, where it %s",
    async (_what, error) => {
      await using server = await serverWith([
        events([completion([])[0], data({ error }), "data: [DONE]\n\n"]),
        events(completion(PIECES)),
      ]);
      const { result } = await collect(engineFor(server).generate(requestFor(PERSON)));
      expect(result).toMatchObject({ text: ADA, attempts: 1 });
      expect(bodyOf(server, 1).response_format?.type).toBe("json_object");
    },
  );

  test("a server that dies is not a server that refuses the schema", async () => {
    const error = { message: "EngineCore encountered an issue.", type: "InternalServerError", code: 500 };
    await using server = await serverWith([events([data({ error })]), events(completion(PIECES))]);
    const engine = engineFor(server);
    expect(await failureOf(engine.generate(requestFor(PERSON)))).toMatchObject({ code: "upstream_error" });
    await collect(engine.generate(requestFor(PERSON)));
    expect(bodyOf(server, 1).response_format?.type).toBe("json_schema");
  });

  test("a request that the server gave up is no answer", async () => {
    await using server = await serverWith(events(completion(PIECES, { finish: "abort" })));
    expect(await failureOf(engineFor(server, "sglang").generate(requestFor(PERSON)))).toMatchObject({
      code: "upstream_error",
    });
    expect(server.to(CHAT)).toHaveLength(1);
  });

  test("a field that the server does not know is left out from then on", async () => {
    const unknown = (param: string) =>
      json({ error: { message: `Unsupported parameter: '${param}'`, param, code: null } }, 400);
    await using server = await serverWith([
      unknown("max_tokens"),
      unknown("temperature"),
      events(completion(PIECES)),
    ]);
    const engine = engineFor(server, "openai");
    await collect(engine.generate(requestFor(PERSON)));
    await collect(engine.generate(requestFor(PERSON)));
    for (const index of [2, 3]) {
      expect(bodyOf(server, index)).toMatchObject({ max_completion_tokens: 64, top_p: 1 });
      expect(bodyOf(server, index)).not.toHaveProperty("max_tokens");
      expect(bodyOf(server, index)).not.toHaveProperty("temperature");
    }
  });

  test("a server that does not stream is still read", async () => {
    const message = { role: "assistant", content: ADA };
    const usage = { prompt_tokens: 30, completion_tokens: 9, total_tokens: 39 };
    const whole = { model: "small", choices: [{ index: 0, message, finish_reason: "stop" }], usage };
    await using server = await serverWith([json(whole), json({ hello: 1 })]);
    const engine = engineFor(server, "openai");
    const { result } = await collect(engine.generate(requestFor(PERSON, { incremental: true })));
    expect(result).toMatchObject({ text: ADA, usage: { promptTokens: 30, completionTokens: 9 } });
    expect(await failureOf(engine.generate(requestFor(PERSON)))).toMatchObject({ code: "upstream_error" });
  });

  test("a stream without a reason for its end counts if the document is whole", async () => {
    const bare = { finish: null, usage: null, done: false };
    await using server = await serverWith([
      events(completion(PIECES, bare)),
      events(completion(PIECES.slice(0, 2), bare)),
    ]);
    const engine = engineFor(server);
    const { result } = await collect(engine.generate(requestFor(PERSON)));
    expect(result).toMatchObject({ text: ADA, usage: { completionTokens: 4 } });
    expect(await failureOf(engine.generate(requestFor(PERSON)))).toMatchObject({ code: "upstream_error" });
    expect(server.to(CHAT)).toHaveLength(2);
  });
});

test("an error inside a stream that has begun is told as it is", async () => {
  await using server = await serverWith([
    events([
      ...completion(PIECES).slice(0, 3),
      data({ error: { message: "out of memory", type: "ServerError", code: 500 } }),
    ]),
  ]);
  expect(await failureOf(engineFor(server).generate(requestFor(PERSON)))).toMatchObject({
    code: "upstream_error",
    message: expect.stringContaining("out of memory"),
  });
  expect(server.to(CHAT)).toHaveLength(1);
});
