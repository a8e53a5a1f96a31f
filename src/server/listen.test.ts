import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type RunningServer, startServer } from "./listen.js";
import { createLog } from "./log.js";
import { parseEvents, person } from "./testing/app.js";
import { FakeEngine, type FakeEngineOptions } from "./testing/fakeEngine.js";

const good = { prompt: "Ada", schema: person };
const long = `"${"x".repeat(400)}"`;
const running: RunningServer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function start(engineOptions: FakeEngineOptions = {}, drainMs = 5000) {
  const engine = new FakeEngine(engineOptions);
  const server = await startServer({ engine, port: 0, config: { drainMs }, log: createLog("silent") });
  running.push(server);
  const post = (body: unknown, signal?: AbortSignal) =>
    fetch(`${server.url}/generate`, { method: "POST", body: JSON.stringify(body), signal: signal ?? null });
  return { engine, server, post };
}

describe("a client that leaves", () => {
  test.each([false, true])("frees the engine at once (stream: %s)", async (stream) => {
    const { engine, post } = await start({ text: long, delayMs: 20 });
    const leave = new AbortController();
    const answer = post({ ...good, stream }, leave.signal);
    if (stream) await (await answer).body?.getReader().read();
    else answer.catch(() => {});
    await expect.poll(() => engine.counters.active).toBe(1);
    leave.abort();
    await expect.poll(() => engine.counters.active).toBe(0);
    expect(engine.counters).toMatchObject({ cancellations: 1, completionTokens: 0 });
  });
});

test("a client that has closed its own direction gets its answer", async () => {
  const { server } = await start({ text: long, delayMs: 2 });
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true }, () => {
      const body = JSON.stringify(good);
      socket.end(
        `POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("end", () => resolve(text));
  });
  expect(answer).toContain("HTTP/1.1 200 OK");
  expect(answer).toContain("xxx");
});

test("a client that leaves while sending is no fault of the server", async () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => lines.push(line) > 0 });
  const server = await startServer({ engine: new FakeEngine(), port: 0, log });
  running.push(server);
  const socket = connect(server.port, "127.0.0.1");
  socket.write("POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{");
  await expect.poll(async () => (await fetch(`${server.url}/health`)).status).toBe(200);
  socket.destroy();
  await expect.poll(() => lines.some((line) => line.includes('"cancelled"'))).toBe(true);
  expect(lines.join("")).not.toContain("bug");
});

describe("a shutdown", () => {
  test("lets running requests finish, takes no more, then closes the engine", async () => {
    const { engine, server, post } = await start({ text: long, delayMs: 2 });
    const whole = post(good);
    const streamed = post({ ...good, stream: true });
    await expect.poll(() => engine.counters.active).toBe(2);
    const closed = server.close();
    await expect(post(good)).rejects.toThrow();
    expect(engine.closed).toBe(false);
    expect((await whole).status).toBe(200);
    expect(parseEvents(await (await streamed).text()).at(-1)?.name).toBe("finish");
    await closed;
    expect(engine.closed).toBe(true);
  });

  test("cancels with a clear error what does not finish in time", async () => {
    const { engine, server, post } = await start({ text: long, delayMs: 50 }, 100);
    const whole = post(good);
    const streamed = await post({ ...good, stream: true });
    await expect.poll(() => engine.counters.active).toBe(2);
    const closed = server.close();
    expect((await whole).status).toBe(503);
    const last = parseEvents(await streamed.text()).at(-1);
    expect(last?.name).toBe("error");
    expect(JSON.parse(last?.data ?? "")).toMatchObject({ status: 503, code: "engine_unavailable" });
    await closed;
  });

  test("ends on idle connections that stay open", async () => {
    const { server } = await start();
    const socket = connect(server.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    await server.close();
    await new Promise((resolve) => (socket.closed ? resolve(null) : socket.once("close", resolve)));
  });
});

describe("what is no proper request", () => {
  test("never ends the server", async () => {
    const { server, post } = await start();
    const raw = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
        let answer = "";
        socket.on("data", (data) => {
          answer += data;
        });
        socket.on("error", () => resolve(answer));
        socket.on("close", () => resolve(answer));
      });
    expect(await raw("nonsense\r\n\r\n")).toContain("400");
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nBig: ${"x".repeat(100_000)}\r\n\r\n`)).toContain("431");
    expect(await raw("GET //%zz/?%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).toMatch(
      / 40[04] /,
    );
    expect(await raw("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")).toContain("400");
    expect(await raw("GET /health HTTP/1.0\r\n\r\n")).toContain("200");
    expect(
      await raw(
        "POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{}  \n",
      ),
    ).toContain("400");
    expect((await post(good)).status).toBe(200);
  });

  test("a body larger than the limit is answered before it has all arrived", async () => {
    const { server } = await start();
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${server.url}/generate`, {
        method: "POST",
        headers: { "content-length": 1_000_000_000 },
      });
      request.on("response", (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on("error", reject);
      request.write("x");
    });
    expect(status).toBe(413);
  });
});

test("an address that is taken is named with the way out", async () => {
  const { server } = await start();
  const second = startServer({ engine: new FakeEngine(), port: server.port, log: createLog("silent") });
  await expect(second).rejects.toMatchObject({
    code: "wrong_usage",
    message: expect.stringContaining("--port"),
  });
});
