import { describe, expect, test } from "vitest";
import { createRemoteEngine, type RemoteEngineOptions } from "../engine/remote/index.js";
import { completion, MODELS } from "../engine/remote/testing/wire.js";
import { createLog, startServer } from "../server/index.js";
import { createClient } from "./index.js";
import {
  breakOff,
  events,
  json,
  type Reply,
  redirect,
  type ScriptedServer,
  type SeenRequest,
  scriptedServer,
  silence,
  text,
} from "./testing/scriptedServer.js";

/**
 * The fault run: client, Formwork's own server and its engine as they are, and behind them a server that fails. Each fault
 * reaches the caller as one clear error or not at all, nothing hangs, nothing is generated twice, and the next request is
 * served as if nothing had been.
 */

const SCHEMA = {
  type: "object",
  properties: { ok: { type: "boolean" } },
  required: ["ok"],
  additionalProperties: false,
} as const;
const PIECES = ['{"ok"', ":tr", "ue}"];
const CHAT = "/v1/chat/completions";
const CALL = `${CHAT}?__modal_function_call_id=fc-1`;
const ASKED = { prompt: "a", schema: SCHEMA } as const;
const ANSWER = events(completion(PIECES));
const STARTING = text("starting", 503);

const timeouts = { cold: 10_000, warm: 10_000, silence: 10_000, firstPause: 5 };

async function stackOn(chat: Reply[], options: RemoteEngineOptions = {}) {
  let turn = 0;
  const upstream = await scriptedServer({
    "GET /health": text(""),
    "GET /v1/models": json(MODELS),
    // The warm-up is not what fails here.
    [`POST ${CHAT}`]: (request, response) =>
      (isAsked(request) ? (chat[turn++] ?? ANSWER) : ANSWER)(request, response),
    [`GET ${CHAT}`]: [redirect(CALL), breakOff, ANSWER],
  });
  const engine = createRemoteEngine(`vllm=${upstream.url}`, {
    ...options,
    timeouts: { ...timeouts, ...options.timeouts },
  });
  const server = await startServer({ engine, port: 0, log: createLog("silent") });
  return {
    upstream,
    engine,
    client: createClient({ baseUrl: server.url, retries: { firstPause: 5 } }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await engine.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** Whether a request upstream is for what the test asked, not the engine's warm-up. */
function isAsked({ method, body }: SeenRequest): boolean {
  const { messages = [] } = (body ?? {}) as { messages?: { content: string }[] };
  return method === "POST" && messages.some(({ content }) => content === ASKED.prompt);
}

const asked = (upstream: ScriptedServer) => upstream.to(CHAT).filter(isAsked);

const nonsense = events(completion(["I cannot", " do that."]));
const cut = events(completion(PIECES).slice(0, 3), "break");
const silent = events(completion(PIECES).slice(0, 2), "hang");
/** A busy machine is slow, not broken. */
const POLL = { timeout: 20_000 };
const impatient = { timeouts: { silence: 300, cold: 2_000, warm: 2_000 } };

describe.each(["whole", "streamed"] as const)("%s", (way) => {
  const ask = (client: Awaited<ReturnType<typeof stackOn>>["client"]) =>
    way === "whole" ? client.generate(ASKED) : client.stream(ASKED).final();

  test.each<[string, Reply[], { code: string; tries: number }, RemoteEngineOptions?]>([
    ["killed in the middle of its stream", [cut], { code: "upstream_error", tries: 1 }],
    ["killed before it answers", [breakOff], { code: "upstream_error", tries: 1 }],
    ["falling silent", [silent], { code: "timeout", tries: 1 }, impatient],
    ["never answering", [silence], { code: "timeout", tries: 1 }, impatient],
    ["sending no JSON", [events(["data: {oops\n\n"])], { code: "upstream_error", tries: 1 }],
    ["writing no document", [nonsense, nonsense, nonsense], { code: "invalid_output", tries: 3 }],
    [
      "that has the key expired",
      [json({ error: "Unauthorized" }, 401)],
      { code: "model_unavailable", tries: 1 },
    ],
    ["failing inside", [text("oops", 500)], { code: "upstream_error", tries: 1 }],
  ])("a server %s", async (_what, replies, { code, tries }, options) => {
    await using stack = await stackOn(replies, options);
    const startedAt = Date.now();
    await expect(ask(stack.client)).rejects.toMatchObject({ name: "ClientError", code });
    expect(asked(stack.upstream).length).toBe(tries);
    expect((await ask(stack.client)).output).toEqual({ ok: true });
    expect(asked(stack.upstream).length).toBe(tries + 1);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    await expect
      .poll(() => stack.engine.statistics(), POLL)
      .toMatchObject({ active: 0, failures: 1, cancellations: 0 });
  });

  test.each<[string, Reply[], number]>([
    ["503 for a while", Array<Reply>(8).fill(STARTING), 9],
    ["a chain of 303 with a broken link", [redirect(CALL)], 1],
    ["one invalid document", [nonsense], 2],
  ])("%s is not seen by the caller", async (_what, replies, expected) => {
    await using stack = await stackOn(replies);
    expect((await ask(stack.client)).output).toEqual({ ok: true });
    expect(asked(stack.upstream).length).toBe(expected);
    await expect.poll(() => stack.engine.statistics(), POLL).toMatchObject({ active: 0, failures: 0 });
  });

  test("a caller who leaves ends the work of the server behind", async () => {
    await using stack = await stackOn([silent]);
    const controller = new AbortController();
    const call = { ...ASKED, signal: controller.signal };
    const answer = way === "whole" ? stack.client.generate(call) : stack.client.stream(call).final();
    const failed = expect(answer).rejects.toMatchObject({ code: "cancelled" });
    await expect.poll(() => asked(stack.upstream).length, POLL).toBe(1);
    controller.abort();
    await failed;
    await asked(stack.upstream)[0].left;
    await expect.poll(() => stack.engine.statistics().active, POLL).toBe(0);
    expect(stack.engine.statistics()).toMatchObject({ failures: 0, cancellations: 1 });
  });
});
