import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { readBody } from "./body.js";
import { type RunningServer, startServer } from "./listen.js";
import { createLog } from "./log.js";
import { FakeEngine } from "./testing/fakeEngine.js";

/** Node's HTTP parser hands out at most this many bytes at once. */
const PIECE_BYTES = 64 * 1024;

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Calls `each` in every turn of the event loop; returns how to stop it, with the number of turns. */
function everyTurn(each: () => void = () => {}): () => number {
  let turns = 0;
  let over = false;
  const count = () => {
    turns++;
    each();
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  return () => {
    over = true;
    return turns;
  };
}

test("bodies that are read at the same time share the turns, so that a turn has a piece of one of them", async () => {
  const bodies = 8;
  const body = JSON.stringify({ prompt: "x".repeat(1_000_000) });
  const stop = everyTurn();
  await Promise.all(
    Array.from({ length: bodies }, () => {
      const request = new Request("http://localhost/generate", { method: "POST", body });
      return readBody({ request }, 8 << 20);
    }),
  );
  // 32 KiB of text at a time are checked.
  expect(stop()).toBeGreaterThan(bodies * Math.floor(body.length / (32 * 1024)));
});

test("refused bodies are received in turns, and every client gets its answer", async () => {
  const clients = 24;
  const body = "x".repeat(2_000_000);
  const engine = new FakeEngine();
  engine.full = true;
  server = await startServer({ engine, port: 0, log: createLog("silent") });
  const sockets = new Set<Socket>();
  const meet = (message: unknown) => void sockets.add((message as { socket: Socket }).socket);
  subscribe("http.server.request.start", meet);
  let before = 0;
  let most = 0;
  const stop = everyTurn(() => {
    const received = [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    // The first piece of each arrives with its head, before there are turns to take.
    if (sockets.size === clients && before > clients * PIECE_BYTES) most = Math.max(most, received - before);
    before = received;
  });
  try {
    const { port } = server;
    const statuses = await Promise.all(Array.from({ length: clients }, () => postRaw(port, body)));
    expect(statuses).toEqual(Array(clients).fill("503"));
    while (before < clients * body.length) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(most).toBeLessThan(clients * PIECE_BYTES);
  } finally {
    stop();
    unsubscribe("http.server.request.start", meet);
  }
});

/** The status of the answer, read after the whole body has been sent, as most clients do. */
function postRaw(port: number, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("error", reject);
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    const head = `POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body, () => {
      const read = () => {
        if (answer === "") return void setTimeout(read, 5);
        resolve(answer.slice(9, 12));
      };
      read();
    });
  });
}
