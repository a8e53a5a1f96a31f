import { describe, expect, test } from "vitest";
import { checkExposure } from "./config.js";
import { knownHosts } from "./origin.js";
import { person, testApp } from "./testing/app.js";

const body = JSON.stringify({ prompt: "Ada", schema: person });

/** The status that a request with these headers gets. */
async function statusOf(headers: Record<string, string>, config = {}, path = "/generate"): Promise<number> {
  const { app } = testApp({}, config, new Set(["localhost", "model.example", ".inside.example"]));
  const post = path === "/generate";
  return (await app.request(path, { method: post ? "POST" : "GET", headers, ...(post ? { body } : {}) }))
    .status;
}

describe("a page of another origin", () => {
  const foreign = { host: "localhost:8080", origin: "https://evil.example" };

  test.each([
    ["sends JSON", { ...foreign, "content-type": "application/json" }],
    ["sends text, which needs no preflight", { ...foreign, "content-type": "text/plain" }],
    ["is sandboxed", { host: "localhost:8080", origin: "null" }],
    ["sends no origin", { host: "localhost:8080", "sec-fetch-site": "cross-site" }],
    ["is of a sibling site", { host: "localhost:8080", "sec-fetch-site": "same-site" }],
  ])("cannot make the server work: it %s", async (_, headers) => {
    expect(await statusOf(headers)).toBe(403);
    expect(await statusOf(headers, {}, "/warmup")).toBe(403);
    expect(await statusOf(headers, {}, "/health")).toBe(200);
  });

  test("may where the server lists it", async () => {
    const headers = { ...foreign, "content-type": "application/json" };
    expect(await statusOf(headers, { corsOrigins: ["https://evil.example"] })).toBe(200);
    expect(await statusOf(headers, { corsOrigins: ["*"] })).toBe(200);
    expect(await statusOf(headers, { corsOrigins: ["https://other.example"] })).toBe(403);
  });
});

test("the server's own page, and programs, may", async () => {
  const own = { host: "localhost:8080", origin: "http://localhost:8080", "content-type": "application/json" };
  expect(await statusOf(own)).toBe(200);
  expect(await statusOf({ ...own, "sec-fetch-site": "same-origin" })).toBe(200);
  expect(await statusOf({ ...own, "content-type": "text/plain" })).toBe(415);
  // curl without a header of its own.
  expect(await statusOf({ host: "localhost", "content-type": "application/x-www-form-urlencoded" })).toBe(
    200,
  );
  expect(await statusOf({})).toBe(200);
});

test.each([
  ["localhost:8080", 200],
  ["LOCALHOST", 200],
  ["127.0.0.1:8080", 200],
  ["[::1]:8080", 200],
  ["192.168.1.2", 200],
  ["app.localhost", 200],
  ["model.example", 200],
  ["a.b.inside.example", 200],
  ["inside.example", 403],
  ["evilmodel.example", 403],
  ["rebound.example:8080", 403],
])("the host name %s gets %i", async (host, status) => {
  expect(await statusOf({ host })).toBe(status);
});

test("which names are known follows from the address, the keys and --allowed-hosts", () => {
  expect(knownHosts("127.0.0.1", [], false)).toContain("localhost");
  expect(knownHosts("127.0.0.1", [], true)).toBeUndefined();
  expect(knownHosts("0.0.0.0", [], false)).toBeUndefined();
  expect(knownHosts("0.0.0.0", ["Model.example"], true)).toContain("model.example");
  expect(knownHosts("127.0.0.1", ["*"], false)).toBeUndefined();
});

test("a server is not open by mistake", () => {
  const refused =
    (apiKeys: string[], host: string, open = false) =>
    () =>
      checkExposure({ apiKeys, open }, host);
  expect(refused([""], "127.0.0.1")).toThrow("empty");
  expect(refused(["key", " "], "127.0.0.1")).toThrow("empty");
  expect(refused([], "0.0.0.0")).toThrow("--open");
  expect(refused([], "::")).toThrow("--open");
  expect(refused([], "0.0.0.0", true)).not.toThrow();
  expect(refused(["key"], "0.0.0.0")).not.toThrow();
  expect(refused([], "::1")).not.toThrow();
});
