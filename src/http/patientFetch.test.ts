import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { patientFetch } from "./patientFetch.js";

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");
const scope = globalThis as unknown as { [DISPATCHER]: object };

/** Longer than the resolution of the timers of `fetch`, a second. */
const SILENT_MS = 3000;

let server: Server;
let url: string;
let before: object;

beforeEach(async () => {
  void new Headers();
  before = scope[DISPATCHER];
  // As Node's own after five minutes: without an answer in time, `fetch` gives up.
  const Agent = before.constructor as new (options: object) => object;
  scope[DISPATCHER] = new Agent({ headersTimeout: 500, bodyTimeout: 500 });
  server = createServer((request, response) => {
    const isSplit = request.url === "/body";
    if (isSplit) response.write("first ");
    setTimeout(() => response.end("last"), SILENT_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  scope[DISPATCHER] = before;
  server.closeAllConnections();
  server.close();
});

it.each(["/head", "/body"])("waits where fetch gives up: %s", async (path) => {
  const read = async (own: typeof fetch) => (await own(url + path)).text();
  await expect(read(fetch)).rejects.toThrow();
  expect(await read(patientFetch())).toMatch(/last$/);
});

it("ends with its signal", async () => {
  const signal = AbortSignal.timeout(50);
  await expect(patientFetch()(`${url}/head`, { signal })).rejects.toThrow(/timeout/i);
});

it("leaves another dispatcher of the program in place", async () => {
  class ProxyAgent {
    dispatch(): never {
      throw new Error("through the proxy");
    }
  }
  scope[DISPATCHER] = new ProxyAgent();
  await expect(patientFetch()(url)).rejects.toMatchObject({ cause: { message: "through the proxy" } });
});
