import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FormworkError } from "../errors.js";
import { neverConnected } from "./fetchFailures.js";
import {
  connectionError,
  type ExchangeRequest,
  type ExchangeSettings,
  exchange,
  type MakeError,
  readRetryAfter,
  TimeLimit,
} from "./index.js";

const makeError: MakeError = (code, message, details) => new FormworkError(code, message, details);
const URL_ASKED = "http://server.test/generate";

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Calls `exchange` against a server that gives these answers, one after the other. */
function call(
  answers: (Response | Error)[],
  request: Partial<ExchangeRequest> = {},
  settings: Partial<ExchangeSettings> = {},
  silenceMs = 60_000,
) {
  const sent: { url: string; method: string; headers: Record<string, string> }[] = [];
  const limit = new TimeLimit({ silenceMs, signals: [], place: "server.test", makeError });
  const answered = exchange(
    {
      fetch: async (input, init) => {
        sent.push({ url: String(input), method: init?.method ?? "", headers: init?.headers as never });
        const answer = answers.shift() ?? expect.unreachable("one request too many");
        if (answer instanceof Error) throw new TypeError("fetch failed", { cause: answer });
        return answer;
      },
      headers: { authorization: "Bearer key" },
      connectRetries: 2,
      firstPauseMs: 100,
      maxPauseMs: 400,
      maxRedirects: 3,
      makeError,
      ...settings,
    },
    {
      method: "POST",
      url: URL_ASKED,
      body: "{}",
      limit,
      toError: (response) => makeError(response.status === 429 ? "queue_full" : "not_ready", "No."),
      ...request,
    },
  );
  return { sent, answered: answered.finally(() => limit.close()) };
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(null, { status: code, headers });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z") });
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("what is sent again", () => {
  test("503 and 429 are waited out, with pauses that grow and end", async () => {
    const { sent, answered } = call([status(503), status(429), status(503), status(503), status(200)]);
    await vi.advanceTimersByTimeAsync(100 + 200 + 400 - 1);
    expect(sent).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1 + 400);
    expect((await answered).status).toBe(200);
  });

  test.each([
    ["seconds", "7"],
    ["a date", "Thu, 01 Jan 2026 00:00:07 GMT"],
  ])("no sooner than Retry-After says, in %s", async (_, header) => {
    const { sent, answered } = call([status(503, { "retry-after": header }), status(200)]);
    await vi.advanceTimersByTimeAsync(6_999);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await answered).status).toBe(200);
  });

  test("a Retry-After beyond the time that is left fails at once", async () => {
    const { answered } = call([status(503, { "retry-after": "61" })]);
    await expect(answered).rejects.toMatchObject({ code: "not_ready" });
  });

  test("a connection that was never made, so often and no more", async () => {
    const { sent, answered } = call([1, 2, 3].map(() => coded("ECONNREFUSED")));
    const failed = expect(answered).rejects.toMatchObject({ code: "engine_unavailable" });
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    expect(sent).toHaveLength(3);
  });

  test("never a POST whose connection broke; a GET is", async () => {
    await expect(call([coded("ECONNRESET")]).answered).rejects.toMatchObject({ code: "upstream_error" });
    const get = call([coded("ECONNRESET"), status(200)], { method: "GET" });
    await vi.advanceTimersByTimeAsync(100);
    expect((await get.answered).status).toBe(200);
  });

  test("time that runs out ends the wait", async () => {
    const { answered } = call([status(503), status(503), status(503)], {}, {}, 250);
    const failed = expect(answered).rejects.toMatchObject({ code: "not_ready" });
    await vi.advanceTimersByTimeAsync(250);
    await failed;
  });
});

describe("redirects", () => {
  const to = (location: string, code = 303) => status(code, { location });

  test("a 303 is followed by GET, a 307 as it was; keys stay with the server that they are for", async () => {
    const { sent, answered } = call([to("/again", 307), to("http://other.test/result"), status(200)]);
    await answered;
    expect(sent.map(({ method, url }) => [method, url])).toEqual([
      ["POST", URL_ASKED],
      ["POST", "http://server.test/again"],
      ["GET", "http://other.test/result"],
    ]);
    expect(sent.map(({ headers }) => headers.authorization)).toEqual(["Bearer key", "Bearer key", undefined]);
  });

  test.each([
    [303, "timeout"],
    [307, "upstream_error"],
  ])("of status %i without an end: %s", async (code, expected) => {
    const { sent, answered } = call([1, 2, 3, 4].map(() => to("/again", code)));
    await expect(answered).rejects.toMatchObject({ code: expected });
    expect(sent).toHaveLength(4);
  });

  test("a POST does not follow a server that has moved", async () => {
    await expect(call([to("http://new.test/", 301)]).answered).rejects.toMatchObject({
      code: "upstream_error",
      message: expect.stringContaining("new.test"),
    });
  });
});

describe("failed connections", () => {
  test("one address that may have connected makes all of them unsafe", () => {
    const refused = coded("ECONNREFUSED");
    const reset = coded("ECONNRESET");
    const errors = fc.array(fc.constantFrom(refused, reset), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(errors, (tried) => {
        const thrown = new TypeError("fetch failed", { cause: new AggregateError(tried) });
        expect(neverConnected(thrown)).toBe(tried.every((error) => error === refused));
      }),
    );
  });

  test("the message is the innermost that says something", () => {
    const silent = Object.assign(new AggregateError([coded("connect ECONNREFUSED ::1:9")]), {
      code: "ECONNREFUSED",
    });
    const error = connectionError(new TypeError("fetch failed", { cause: silent }), URL_ASKED, makeError);
    expect(error.message).toBe("Cannot connect to http://server.test: connect ECONNREFUSED ::1:9");
  });
});

test.each([
  [null, undefined],
  ["", undefined],
  ["soon", undefined],
  ["12", 12],
  ["-3", 0],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
])("Retry-After %j is %j seconds", (header, seconds) => {
  expect(readRetryAfter(status(503, header === null ? {} : { "retry-after": header }))).toBe(seconds);
});

describe("the time limit", () => {
  const limitOf = (options: { totalMs?: number; silenceMs?: number; extend?: () => Promise<number> }) =>
    new TimeLimit({ signals: [], place: "server.test", makeError, ...options });

  test("silence ends the call, words restart the clock, the reader's time does not count", async () => {
    const limit = limitOf({ silenceMs: 100 });
    await vi.advanceTimersByTimeAsync(90);
    limit.touch();
    await vi.advanceTimersByTimeAsync(90);
    limit.hold();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(limit.signal.aborted).toBe(false);
    limit.touch();
    await vi.advanceTimersByTimeAsync(100);
    expect(limit.signal.reason).toMatchObject({ code: "timeout" });
  });

  test("the whole time counts whatever happens", async () => {
    const limit = limitOf({ totalMs: 250, silenceMs: 100 });
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(60);
      limit.touch();
    }
    expect(limit.signal.aborted).toBe(false);
    limit.hold();
    await vi.advanceTimersByTimeAsync(10);
    expect(limit.signal.reason).toMatchObject({ code: "timeout" });
  });

  test("is extended once", async () => {
    const limit = limitOf({ silenceMs: 100, extend: async () => 300 });
    await vi.advanceTimersByTimeAsync(299);
    expect(limit.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(limit.signal.aborted).toBe(true);
  });

  test("a caller's error is what the call ends with; anything else is a cancellation", () => {
    for (const [reason, code] of [
      [new FormworkError("engine_unavailable", "Closed."), "engine_unavailable"],
      [new Error("left"), "cancelled"],
    ] as const) {
      const caller = new AbortController();
      const limit = new TimeLimit({ signals: [caller.signal], place: "server.test", makeError });
      caller.abort(reason);
      expect(limit.signal.reason).toMatchObject({ code });
    }
  });
});
