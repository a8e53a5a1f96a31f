import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  breakOff,
  events,
  json,
  type Reply,
  redirect,
  silence,
  text,
} from "../../client/testing/scriptedServer.js";
import type { RemoteEngineOptions } from "./index.js";
import { CHAT, serverWith } from "./testing/chatServer.js";
import { collect, completion, data, failureOf, MODELS, requestFor, TestEngines } from "./testing/wire.js";

/** What can go wrong between an engine and its server: nothing hangs, nothing is generated twice. */

const FLAG = {
  type: "object",
  properties: { ok: { type: "boolean" } },
  required: ["ok"],
  additionalProperties: false,
};
const PIECES = ['{"ok"', ":tr", "ue}"];
const BUSY = json({ error: { message: "starting", code: 503 } }, 503);

const engines = new TestEngines();
afterEach(() => engines.close());

function engineAt(url: string, options: RemoteEngineOptions = {}) {
  return engines.at(url, "vllm", options);
}

describe("what was not generated is asked for again", () => {
  test("503 for a while, then an answer", async () => {
    await using server = await serverWith([...Array<Reply>(6).fill(BUSY), events(completion(PIECES))]);
    const { result } = await collect(engineAt(server.url).generate(requestFor(FLAG)));
    expect(result).toMatchObject({ output: { ok: true }, attempts: 1 });
    expect(server.to(CHAT)).toHaveLength(7);
  });

  test("503 for ever is engine_unavailable, 429 queue_full, each with its Retry-After", async () => {
    const models = [json(MODELS)];
    await using server = await serverWith(
      [events(completion(PIECES)), text("no replica", 503, { "retry-after": "9" }), text("slow down", 429)],
      { "GET /v1/models": models },
    );
    const engine = engineAt(server.url);
    await collect(engine.generate(requestFor(FLAG)));
    expect(await failureOf(engine.generate(requestFor(FLAG)))).toMatchObject({
      code: "engine_unavailable",
      retryAfterSeconds: 9,
      message: expect.stringContaining("no replica"),
    });
    expect(engine.status().state).toBe("idle");
    const busy = engineAt(server.url, { timeouts: { cold: 200 } });
    expect(await failureOf(busy.generate(requestFor(FLAG)))).toMatchObject({ code: "queue_full" });
  });

  test("503 inside a stream that began with a 200, as SGLang says that its queue is full", async () => {
    const error = {
      ...{ object: "error", message: "The request queue is full." },
      ...{ type: "SERVICE_UNAVAILABLE", param: null, code: 503 },
    };
    const usage = { prompt_tokens: 0, total_tokens: 0, completion_tokens: 0 };
    const full = events([data({ error }), data({ choices: [], usage }), "data: [DONE]\n\n"]);
    await using server = await serverWith([full, full, events(completion(PIECES)), full]);
    const engine = engines.at(server.url, "sglang", { timeouts: { warm: 100 } });
    const { result } = await collect(engine.generate(requestFor(FLAG)));
    expect(result).toMatchObject({ output: { ok: true }, attempts: 1 });
    expect(server.to(CHAT)).toHaveLength(3);
    expect(await failureOf(engine.generate(requestFor(FLAG)))).toMatchObject({ code: "queue_full" });
    expect(engine.status().state).toBe("ready");
  });

  test("a server that is not there yet, and one that never comes", async () => {
    const { port, release } = await reservedPort();
    const engine = engineAt(`http://127.0.0.1:${port}`, { timeouts: { cold: 250 } });
    await release();
    expect(await failureOf(engine.generate(requestFor(FLAG)))).toMatchObject({
      code: "engine_unavailable",
      message: expect.stringContaining("Cannot connect"),
    });
    await expect(engine.warmup()).rejects.toMatchObject({ code: "engine_unavailable" });
    expect(engine.status()).toMatchObject({ state: "failed", modelLoaded: false });
  });

  test("while a request waits for the server, the state says so", async () => {
    const { port, release } = await reservedPort();
    await release();
    const engine = engineAt(`http://127.0.0.1:${port}`, { timeouts: { cold: 30_000 } });
    const controller = new AbortController();
    const waiting = failureOf(engine.generate(requestFor(FLAG), controller.signal));
    await expect
      .poll(() => engine.status(), { timeout: 20_000 })
      .toMatchObject({ state: "loading", stage: "connect" });
    controller.abort();
    await waiting;
    expect(engine.status()).toMatchObject({ state: "idle", modelLoaded: false });
    expect(engine.status().stage).toBeUndefined();
  });

  test("a chain of 303 is one request: the GETs wait for its result", async () => {
    const call = `${CHAT}?__modal_function_call_id=fc-1`;
    await using server = await serverWith(redirect(call), {
      [`GET ${CHAT}`]: [redirect(call), breakOff, events(completion(PIECES))],
    });
    const { result } = await collect(engineAt(server.url, { modalKey: "wk-1" }).generate(requestFor(FLAG)));
    expect(result.output).toEqual({ ok: true });
    expect(server.to(CHAT).map(({ method }) => method)).toEqual(["POST", "GET", "GET", "GET"]);
    expect(server.to(CHAT).at(-1)?.headers["modal-key"]).toBe("wk-1");
  });

  test("redirects without an end are given up", async () => {
    await using server = await serverWith(redirect(CHAT), { [`GET ${CHAT}`]: redirect(CHAT) });
    const error = await failureOf(engineAt(server.url).generate(requestFor(FLAG)));
    expect(error).toMatchObject({ code: "timeout", message: expect.stringContaining("redirects") });
  });
});

describe("what may have been generated is not", () => {
  test.each<[string, Reply, string]>([
    ["killed in the middle of the stream", events(completion(PIECES).slice(0, 3), "break"), "upstream_error"],
    ["killed before its first event", events([], "break"), "upstream_error"],
    ["breaking the connection", breakOff, "upstream_error"],
    [
      "ending in the middle of the document",
      events(completion(PIECES, { finish: null }).slice(0, 2)),
      "upstream_error",
    ],
    ["falling silent in the middle", events(completion(PIECES).slice(0, 2), "hang"), "timeout"],
    ["never answering", silence, "timeout"],
    ["sending something that is no JSON", events(["data: {oops\n\n"]), "upstream_error"],
    ["failing with a 500", text("oops", 500), "upstream_error"],
    ["behind a gateway that fails", text("bad gateway", 502), "upstream_error"],
  ])("a server %s", async (_what, reply, code) => {
    await using server = await serverWith(reply);
    const impatient = { silence: 500, cold: 500 };
    const engine = engineAt(server.url, { timeouts: code === "timeout" ? impatient : {} });
    expect(await failureOf(engine.generate(requestFor(FLAG)))).toMatchObject({ code });
    expect(server.to(CHAT)).toHaveLength(1);
    expect(engine.statistics()).toMatchObject({ requests: 1, failures: 1, active: 0 });
  });

  test("tokens of a stream that broke are counted", async () => {
    await using server = await serverWith(events(completion(PIECES).slice(0, 3), "break"));
    const engine = engineAt(server.url);
    await failureOf(engine.generate(requestFor(FLAG)));
    expect(engine.statistics().completionTokens).toBe(2);
  });
});

describe("refusals", () => {
  test.each([
    ["an expired key", json({ error: "Unauthorized" }, 401), "model_unavailable", "FORMWORK_ENGINE_KEY"],
    [
      "a proxy's refusal",
      text("modal-http: missing credentials for proxy authorization", 401),
      "model_unavailable",
      "proxy",
    ],
    ["another kind of server", text("<html>", 404), "model_unavailable", "no such route"],
    [
      "an unknown model",
      json({ error: { message: "The model `x` does not exist.", code: 404 } }, 404),
      "unknown_model",
      "x",
    ],
    [
      "a prompt too long",
      json(
        { error: { message: "maximum context length is 2048 tokens", param: "input_tokens", code: 400 } },
        400,
      ),
      "prompt_too_long",
      "2048",
    ],
  ])("%s fails at once and says what to do", async (_what, reply, code, message) => {
    await using server = await serverWith(reply);
    const error = await failureOf(engineAt(server.url).generate(requestFor(FLAG)));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(server.to(CHAT)).toHaveLength(1);
  });
});

describe("a limit of tokens that the server has no room for", () => {
  const REFUSALS = [
    "'max_tokens' or 'max_completion_tokens' is too large: 3000. This model's maximum context length is 2048 tokens",
    "max_tokens=3000 cannot be greater than max_total_tokens=max_model_len=2048.",
    "This model's maximum context length is 2048 tokens. However, you requested 3010 tokens (10 in the messages, 3000 in the completion).",
    "Requested token count exceeds the model's maximum context length of 2048 tokens. You requested a total of 3010 tokens",
    "max_tokens is too large: 3000. This model supports at most 2048 completion tokens, whereas you provided 3000.",
  ];

  test.each(REFUSALS)("is left to the server: %s", async (message) => {
    const refusal = json({ error: { message, param: "max_tokens", code: 400 } }, 400);
    await using server = await serverWith([
      refusal,
      events(completion(PIECES)),
      events(completion(PIECES)),
      refusal,
      refusal,
    ]);
    const engine = engineAt(server.url);
    const { result } = await collect(engine.generate(requestFor(FLAG, { maxTokens: 3000 })));
    expect(result).toMatchObject({ output: { ok: true }, attempts: 1 });
    // Of this request only.
    await collect(engine.generate(requestFor(FLAG, { maxTokens: 300 })));
    const limits = server.to(CHAT).map(({ body }) => (body as { max_tokens?: number }).max_tokens);
    expect(limits).toEqual([3000, undefined, 300]);
    expect(await failureOf(engine.generate(requestFor(FLAG, { maxTokens: 3000 })))).toMatchObject({
      code: "prompt_too_long",
    });
  });
});

describe("leaving", () => {
  test("stopping the iteration closes the connection to the server", async () => {
    await using server = await serverWith(events(completion(PIECES).slice(0, 2), "hang"));
    const engine = engineAt(server.url, { timeouts: { silence: 30_000 } });
    for await (const event of engine.generate(requestFor(FLAG, { incremental: true }))) {
      if (event.type === "delta") break;
    }
    await server.to(CHAT)[0].left;
    expect(engine.statistics()).toMatchObject({ active: 0, cancellations: 1, failures: 0 });
  });

  test("aborting the signal does too, whatever is being waited for", async () => {
    await using server = await serverWith([silence, BUSY]);
    const engine = engineAt(server.url, { timeouts: { silence: 30_000, firstPause: 20_000, cold: 60_000 } });
    for (const index of [0, 1]) {
      const controller = new AbortController();
      const failure = failureOf(engine.generate(requestFor(FLAG), controller.signal));
      await expect.poll(() => server.to(CHAT).length).toBe(index + 1);
      controller.abort();
      expect(await failure).toMatchObject({ code: "cancelled" });
    }
    await server.to(CHAT)[0].left;
    expect(engine.statistics()).toMatchObject({ cancellations: 2, failures: 0, active: 0 });
  });

  test("the deadline ends everything, further tries included", async () => {
    const nonsense = events(completion(["nonsense"]));
    const slowly: Reply = async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 80));
      await nonsense(request, response);
    };
    await using server = await serverWith(slowly);
    const engine = engineAt(server.url, { repairs: 100 });
    const error = await failureOf(engine.generate(requestFor(FLAG, { deadlineMs: 250 })));
    expect(error).toMatchObject({ code: "timeout", message: expect.stringContaining("250 ms") });
  });

  test("closing the engine ends what is under way and leaves nothing behind", async () => {
    await using server = await serverWith(silence);
    const engine = engineAt(server.url, { timeouts: { silence: 30_000 } });
    const failure = failureOf(engine.generate(requestFor(FLAG)));
    await expect.poll(() => server.to(CHAT).length).toBe(1);
    await engine.close();
    expect(await failure).toMatchObject({ code: "engine_unavailable" });
    await server.to(CHAT)[0].left;
  });

  test("more requests than allowed are refused at once", async () => {
    await using server = await serverWith([silence, events(completion(PIECES))]);
    const engine = engineAt(server.url, { maxRequests: 1, timeouts: { silence: 30_000 } });
    const controller = new AbortController();
    const first = failureOf(engine.generate(requestFor(FLAG), controller.signal));
    await expect.poll(() => server.to(CHAT).length).toBe(1);
    expect(await failureOf(engine.generate(requestFor(FLAG)))).toMatchObject({
      code: "queue_full",
      retryAfterSeconds: 1,
    });
    controller.abort();
    await first;
    expect((await collect(engine.generate(requestFor(FLAG)))).result.output).toEqual({ ok: true });
  });
});

async function reservedPort(): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}
