import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { validateText } from "../../validation.js";
import { benchSoak, type SoakOptions, soakFaults, soakText } from "./index.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A soak of 40 requests against a server that answers all alike. */
async function soak(answer: RequestListener, more: Partial<SoakOptions> = {}) {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return benchSoak({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: 40,
    kills: 0,
    streams: 4,
    hostileShare: 1,
    hostile: [{ const: "hostile" }],
    seed: 1,
    timeoutMs: 60_000,
    kill: async () => true,
    readMemory: async () => ({ engine: { now: 2e8, peak: 3e8 }, server: 1e8 }),
    validate: validateText,
    ...more,
  });
}

const always =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(body);

test("kills as often as it was asked to and reads memory three times", async () => {
  let killed = 0;
  const results = await soak(always(200, '{"output":"hostile"}'), {
    kills: 10,
    kill: async () => {
      killed++;
      return true;
    },
  });
  expect({ killed, kills: results.kills, requests: results.requests }).toEqual({
    killed: 10,
    kills: 10,
    requests: 40,
  });
  expect(results.outcomes).toEqual({ hostile: { valid: 40 } });
  expect(results.readings.map(({ answers }) => answers)).toEqual([4, 20, 40]);
  expect(soakText(results)).toContain("killed 10 times: 0 wrong answers");
});

test.each([
  ["a wrong document", 200, '{"output":"other"}', "wrong"],
  ["an error of the server's own", 500, '{"code":"internal"}', "error"],
  ["an error without a code", 503, "gone", "error"],
])("%s is an error", async (_, status, body, outcome) => {
  const results = await soak(always(status, body));
  expect(soakFaults(results)).toBe(40);
  expect(results.faults[0]).toMatch(outcome);
});

test("what a death takes along, and what is rejected, is none", async () => {
  const lost = await soak(always(503, '{"code":"engine_unavailable"}'));
  const rejected = await soak(always(400, '{"code":"schema_too_large"}'));
  expect([soakFaults(lost), soakFaults(rejected)]).toEqual([0, 0]);
  expect(lost.outcomes["hostile"]).toHaveProperty("lost");
  expect(rejected.outcomes["hostile"]).toHaveProperty("rejected");
});
