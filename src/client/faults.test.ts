import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { ClientError, ClientOptions } from "./index.js";
import { createClient } from "./index.js";
import { answerWith, IDLE, LOADING, READY, streamOf, WARM } from "./testing/answers.js";
import {
  breakOff,
  events,
  json,
  type Reply,
  redirect,
  scriptedServer,
  silence,
  text,
} from "./testing/scriptedServer.js";

/** What can go wrong between a client and a deployment: nothing hangs, nothing is generated twice. */

const OUTPUT = { ok: true };
const ASKED = { prompt: "a", schema: true } as const;
const UNAVAILABLE = { error: "Starting.", status: 503, code: "not_ready" };
const QUICK = {
  timeouts: { cold: 20_000, warm: 5_000, health: 5_000 },
  retries: { connect: 2, firstPause: 10, maxPause: 40 },
} satisfies Partial<ClientOptions>;

/** For what is about the end of the short limit. */
const SHORT = { timeouts: { ...QUICK.timeouts, warm: 600 } };

function clientOf(baseUrl: string, options: Partial<ClientOptions> = {}) {
  return createClient({ baseUrl, ...QUICK, ...options });
}

async function failureOf(promise: Promise<unknown>): Promise<ClientError> {
  return await promise.then(
    () => expect.unreachable("it should have failed"),
    (reason) => reason,
  );
}

function delayed(ms: number, reply: Reply): Reply {
  return async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await reply(request, response);
  };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

describe("time limits", () => {
  test("a warm server has the short limit", async () => {
    await using server = await scriptedServer({ "GET /health": json(READY), "POST /generate": silence });
    const error = await failureOf(clientOf(server.url, SHORT).generate(ASKED));
    expect(error).toMatchObject({
      code: "timeout",
      retryable: true,
      message: expect.stringContaining("600 ms"),
    });
    await server.to("/generate")[0].left;
    expect(server.to("/generate")).toHaveLength(1);
  });

  test("a server that is loading is warmed first, with the long limit", async () => {
    await using server = await scriptedServer({
      "GET /health": [json(LOADING), json(READY)],
      "GET /warmup": delayed(600, json(WARM)),
      "POST /generate": json(answerWith(OUTPUT)),
    });
    expect((await clientOf(server.url).generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.seen.map((request) => request.url)).toEqual(["/health", "/warmup", "/generate"]);
  });

  test("a warm-up that proxies cut off is taken up again", async () => {
    await using server = await scriptedServer({
      "GET /health": json(IDLE),
      "GET /warmup": [breakOff, text("gateway", 503), json(WARM)],
      "POST /generate": json(answerWith(OUTPUT)),
    });
    expect((await clientOf(server.url).generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.to("/warmup")).toHaveLength(3);
    expect(server.to("/generate")).toHaveLength(1);
  });

  test("without /health and /warmup the long limit holds", async () => {
    await using server = await scriptedServer({ "POST /generate": delayed(600, json(answerWith(OUTPUT))) });
    expect((await clientOf(server.url).generate(ASKED)).output).toEqual(OUTPUT);
  });

  test("a server that went cold unseen is waited for", async () => {
    await using server = await scriptedServer({
      "GET /health": [json(READY), json(LOADING)],
      "POST /generate": delayed(1_000, json(answerWith(OUTPUT))),
    });
    expect((await clientOf(server.url, SHORT).generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.to("/generate")).toHaveLength(1);
  });

  test("an answer proves warmth: the next call does not ask again", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": json(answerWith(OUTPUT)),
    });
    const client = clientOf(server.url);
    await client.generate(ASKED);
    await client.generate(ASKED);
    expect(server.to("/health")).toHaveLength(1);
  });

  test("one call may have a limit of its own", async () => {
    await using server = await scriptedServer({ "POST /generate": silence });
    const error = await failureOf(clientOf(server.url).generate({ ...ASKED, timeoutMs: 50 }));
    expect(error).toMatchObject({ code: "timeout", message: expect.stringContaining("50 ms") });
    expect(server.to("/health")).toHaveLength(0);
  });

  test("a slow stream may take long as a whole, but not fall silent", async () => {
    const wire = streamOf(['{"ok"', ":tr", "ue", "}"]);
    const slowly: Reply = async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const piece of wire) {
        await new Promise((resolve) => setTimeout(resolve, 120));
        response.write(piece);
      }
      response.end();
    };
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": [slowly, events(wire.slice(0, 2), "hang")],
    });
    const client = clientOf(server.url, SHORT);
    expect((await client.stream(ASKED).final()).output).toEqual(OUTPUT);
    expect(await failureOf(client.stream(ASKED).final())).toMatchObject({ code: "timeout" });
    await server.to("/generate")[1].left;
  });

  test("a reader that takes its time is not a silent server", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": events(streamOf(['{"ok"', ":true}"])),
    });
    const stream = clientOf(server.url, SHORT).stream(ASKED);
    for await (const _ of stream.text()) await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await stream.final()).output).toEqual(OUTPUT);
  });
});

describe("what was not generated is tried again", () => {
  test("503 for longer than the warm limit, with Retry-After", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": [
        ...Array.from({ length: 12 }, () => json(UNAVAILABLE, 503)),
        json(UNAVAILABLE, 503, { "retry-after": "1" }),
        json(answerWith(OUTPUT)),
      ],
    });
    const startedAt = Date.now();
    expect((await clientOf(server.url, SHORT).generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.to("/generate")).toHaveLength(14);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  });

  test("503 for ever ends with that 503, not with silence", async () => {
    await using server = await scriptedServer({
      "POST /generate": json({ ...UNAVAILABLE, retry_after: 30 }, 503, { "retry-after": "30" }),
    });
    const error = await failureOf(clientOf(server.url).generate(ASKED));
    expect(error).toMatchObject({ status: 503, code: "not_ready", retryAfterSeconds: 30, retryable: true });
  });

  test("a full queue keeps the short limit", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": json({ error: "Full.", status: 503, code: "queue_full" }, 503),
    });
    const timeouts = { ...QUICK.timeouts, warm: 3_000 };
    const error = await failureOf(clientOf(server.url, { timeouts }).generate(ASKED));
    expect(error).toMatchObject({ status: 503, code: "queue_full" });
    expect(server.to("/generate").length).toBeGreaterThan(3);
  });

  test("429 of a proxy", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": [text("slow down", 429, { "retry-after": "0" }), json(answerWith(OUTPUT))],
    });
    expect((await clientOf(server.url).generate(ASKED)).output).toEqual(OUTPUT);
  });

  test("a server that is not there is given up after the tries", async () => {
    const port = await closedPort();
    const tries: string[] = [];
    const client = clientOf(`http://127.0.0.1:${port}`, {
      fetch: (input, init) => {
        tries.push(`${init?.method} ${new URL(String(input)).pathname}`);
        return fetch(input, init);
      },
    });
    const error = await failureOf(client.generate(ASKED));
    expect(error).toMatchObject({
      code: "engine_unavailable",
      message: expect.stringContaining("Cannot connect"),
    });
    expect(tries.filter((one) => one === "POST /generate")).toHaveLength(3);
  });
});

describe("what may have been generated is never tried again", () => {
  test.each<[string, Reply]>([
    ["broken before the answer", breakOff],
    ["broken in the middle of the answer", halfAnswer],
    ["a gateway's 502", text("bad gateway", 502)],
    ["a 500", text("oops", 500)],
  ])("%s", async (_what, reply) => {
    await using server = await scriptedServer({ "GET /health": json(READY), "POST /generate": reply });
    const error = await failureOf(clientOf(server.url).generate(ASKED));
    expect(error.code).toBe("upstream_error");
    expect(server.to("/generate")).toHaveLength(1);
  });

  test("an expired key fails at once", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": json({ error: "Unknown key.", status: 401, code: "unauthorized" }, 401),
    });
    const error = await failureOf(clientOf(server.url, { apiKey: "old" }).generate(ASKED));
    expect(error).toMatchObject({
      status: 401,
      code: "unauthorized",
      message: "Unknown key.",
      retryable: false,
    });
    expect(server.to("/generate")).toHaveLength(1);
  });
});

describe("redirects", () => {
  const CALL = "/generate?__modal_function_call_id=fc-1";

  test("Modal's chain: one POST, then a GET for the same call until it answers", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": [redirect(CALL), silence],
      "GET /generate": [delayed(250, redirect(CALL)), delayed(250, redirect(CALL)), json(answerWith(OUTPUT))],
    });
    const client = clientOf(server.url, { modalKey: "wk-1", modalSecret: "ws-1" });
    expect((await client.generate(ASKED)).output).toEqual(OUTPUT);
    const chain = server.to("/generate");
    expect(chain.map((request) => request.method)).toEqual(["POST", "GET", "GET", "GET"]);
    expect(chain.at(-1)).toMatchObject({ url: CALL, headers: { "modal-key": "wk-1" }, body: undefined });
  });

  test("a link of the chain that breaks is asked again: the call goes on meanwhile", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": redirect(CALL),
      "GET /generate": [breakOff, json(answerWith(OUTPUT))],
    });
    expect((await clientOf(server.url).generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.to("/generate").map((request) => request.method)).toEqual(["POST", "GET", "GET"]);
  });

  test("a chain without end is given up", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": redirect(CALL),
      "GET /generate": redirect(CALL),
    });
    const error = await failureOf(clientOf(server.url, { retries: { redirects: 5 } }).generate(ASKED));
    expect(error).toMatchObject({ code: "timeout", message: expect.stringContaining("5 redirects") });
    expect(server.to("/generate")).toHaveLength(6);
  });

  test("keys do not follow to another server", async () => {
    await using other = await scriptedServer({ "GET /generate": json(answerWith(OUTPUT)) });
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": redirect(`${other.url}/generate`),
    });
    expect((await clientOf(server.url, { apiKey: "secret" }).generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.to("/generate")[0].headers.authorization).toBe("Bearer secret");
    expect(other.seen[0].headers.authorization).toBeUndefined();
  });

  test("307 repeats the POST, 301 says where the server has gone", async () => {
    await using server = await scriptedServer({
      "GET /health": json(READY),
      "POST /generate": [redirect("/other", 307), redirect("/other", 301)],
      "POST /other": json(answerWith(OUTPUT)),
    });
    const client = clientOf(server.url);
    expect((await client.generate(ASKED)).output).toEqual(OUTPUT);
    expect(server.to("/other")[0].body).toMatchObject(ASKED);
    expect((await failureOf(client.generate(ASKED))).message).toContain(`${server.url}/other`);
  });
});

function halfAnswer(_request: unknown, response: Parameters<Reply>[1]): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"output": ');
  setTimeout(() => response.destroy(), 20);
}
