import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { answerOf, postChat } from "../../scripts/remote/chat.mjs";

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const { stream, refused, silent } = JSON.parse(text);
      if (silent) return;
      if (!stream) {
        response.writeHead(refused ? 400 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(refused ? { error: { message: "no" } } : { choices: [] }));
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      const events = ["a", "é"].map(
        (content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`,
      );
      // One byte a write: characters and lines are cut.
      for (const byte of Buffer.from(`${events.join("")}data: [DONE]\n\n`)) response.write(Buffer.of(byte));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("a chat does not depend on fetch, which gives up after 300 s without headers", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("fetch was called")));
  const whole = await postChat(url, {});
  expect([whole.status, await answerOf(whole)]).toEqual([200, { choices: [] }]);
  const refused = await postChat(url, { refused: true });
  expect([refused.status, await answerOf(refused)]).toEqual([400, { error: { message: "no" } }]);
  const { choices } = await answerOf(await postChat(url, { stream: true }));
  expect(choices[0].message.content).toBe("aé");
});

test("a chat ends when its signal aborts, or nobody listens", async () => {
  await expect(postChat(url, { silent: true }, AbortSignal.timeout(20))).rejects.toThrow(/aborted/i);
  await expect(postChat("http://127.0.0.1:1", {})).rejects.toThrow(/ECONNREFUSED/);
});
