import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachePath, modelCachePath } from "./cache.js";
import type { KnownModel } from "./registry.js";
import { pullKnownModel, pullModel, type ResolveOptions } from "./resolve.js";
import { type HubServer, sendFile, sha256, startServer } from "./testing/hubServer.js";

const NAME = "hf:somebody/small-GGUF/small.gguf";
const FILE = randomBytes(300_000);

let folder: string;
let servers: HubServer[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-hub-"));
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function hub(...parameters: Parameters<typeof startServer>): Promise<HubServer> {
  const server = await startServer(...parameters);
  servers.push(server);
  return server;
}

function options(
  server: { url: string },
  more: Partial<ResolveOptions> & { token?: string } = {},
): ResolveOptions {
  const { token, ...rest } = more;
  return {
    environment: { FORMWORK_CACHE: folder, HF_ENDPOINT: server.url, PATH: "", HF_TOKEN: token },
    ...rest,
  };
}

describe("download from a hub", () => {
  it("fetches a file once, verifies it and finds it in the cache afterwards", async () => {
    const server = await hub((request, response) => sendFile(request, response, FILE));
    const seen: string[] = [];
    const model = await pullModel(NAME, options(server, { onProgress: ({ stage }) => seen.push(stage) }));
    expect(model.from).toBe("hub");
    expect(model.sha256).toBe(sha256(FILE));
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
    expect(server.requests[0].url).toBe("/somebody/small-GGUF/resolve/main/small.gguf");
    expect(seen).toContain("hub");
    expect(seen).toContain("verify");
    expect((await pullModel(NAME, options(server))).from).toBe("cache");
    expect(server.requests).toHaveLength(1);
    expect(readdirSync(dirname(model.path)).sort()).toEqual(["small.gguf", "small.gguf.json"]);
  });

  it("goes on where a broken connection stopped", async () => {
    const server = await hub((request, response) => sendFile(request, response, FILE, { cutAfter: 120_000 }));
    const model = await pullModel(NAME, options(server));
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
    expect(server.requests.length).toBeGreaterThan(1);
    expect(server.requests[1].headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it("goes on with the partial file of an earlier process", async () => {
    const partial = `${modelCachePath(NAME, { FORMWORK_CACHE: folder })}.partial`;
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, FILE.subarray(0, 200_000));
    const server = await hub((request, response) => sendFile(request, response, FILE));
    const model = await pullModel(NAME, options(server));
    expect(server.requests.map((request) => request.headers.range)).toEqual(["bytes=200000-"]);
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
  });

  it("starts again when the partial file turns out to be another one's", async () => {
    const partial = `${modelCachePath(NAME, { FORMWORK_CACHE: folder })}.partial`;
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, randomBytes(200_000));
    const server = await hub((request, response) => sendFile(request, response, FILE));
    const model = await pullModel(NAME, options(server));
    expect(server.requests.map((request) => request.headers.range)).toEqual(["bytes=200000-", undefined]);
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
  });

  it("does not trust halves that no checksum joins", async () => {
    const partial = `${modelCachePath(NAME, { FORMWORK_CACHE: folder })}.partial`;
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, randomBytes(200_000));
    const server = await hub((request, response) => sendFile(request, response, FILE, { announce: "" }));
    const model = await pullModel(NAME, options(server));
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
  });

  it("copes with a server that ignores ranges and with one that has nothing left to send", async () => {
    const partial = `${modelCachePath(NAME, { FORMWORK_CACHE: folder })}.partial`;
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, FILE.subarray(0, 1000));
    const whole = await hub((request, response) => sendFile(request, response, FILE, { ranges: false }));
    const first = await pullModel(NAME, options(whole));
    expect(readFileSync(first.path).equals(FILE)).toBe(true);
    rmSync(first.path);
    writeFileSync(partial, Buffer.concat([FILE, randomBytes(10)]));
    const exhausted = await hub((request, response) => sendFile(request, response, FILE));
    const second = await pullModel(NAME, options(exhausted));
    expect(readFileSync(second.path).equals(FILE)).toBe(true);
  });

  it("sends the token to the hub alone, not to where it redirects", async () => {
    const store = await hub((request, response) => sendFile(request, response, FILE));
    const server = await hub((request, response) => {
      if (request.headers.authorization !== "Bearer secret") response.writeHead(401).end();
      else
        response
          .writeHead(302, { location: `${store.url}/blob`, "x-linked-etag": `"${sha256(FILE)}"` })
          .end();
    });
    await expect(pullModel(NAME, options(server))).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/refused with 401: set HF_TOKEN/),
    });
    const model = await pullModel(NAME, options(server, { token: "secret" }));
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
    expect(store.requests[0].headers.authorization).toBeUndefined();
  });

  it("keeps no file whose checksum is wrong", async () => {
    const server = await hub((request, response) =>
      sendFile(request, response, FILE, { announce: sha256(randomBytes(8)) }),
    );
    await expect(pullModel(NAME, options(server))).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/damaged: its SHA-256 is/),
    });
    const path = modelCachePath(NAME, { FORMWORK_CACHE: folder });
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it("does not even download a file that the hub announces with another checksum", async () => {
    const server = await hub((request, response) => sendFile(request, response, FILE));
    const model: KnownModel = {
      id: "fixed",
      file: "fixed.gguf",
      sha256: sha256(randomBytes(8)),
      licence: "MIT",
      sources: [{ kind: "hub", repository: "a/b", file: "fixed.gguf" }],
    };
    await expect(pullKnownModel(model, options(server))).rejects.toThrow(/another file of that name/);
    expect(existsSync(`${cachePath(model, { FORMWORK_CACHE: folder })}.partial`)).toBe(false);
  });

  it("gives up soon on a hub that does not answer, and says what was tried", async () => {
    const server = await hub(() => undefined);
    await expect(pullModel(NAME, options(server, { connectTimeoutMs: 200 }))).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/did not answer within 0\.2 s.*give its path/s),
    });
    const { url } = server;
    await server.close();
    await expect(pullModel(NAME, options({ url }))).rejects.toThrow(/cannot be reached/);
  });

  it("gives up on a file that stops coming", async () => {
    const server = await hub((request, response) => {
      if (request.headers.range === undefined) {
        response.writeHead(200, { "content-length": FILE.length, "x-linked-etag": `"${sha256(FILE)}"` });
        response.write(FILE.subarray(0, 1000));
      } else {
        response
          .writeHead(206, { "content-range": `bytes 1000-${FILE.length - 1}/${FILE.length}` })
          .flushHeaders();
      }
    });
    await expect(pullModel(NAME, options(server, { stallTimeoutMs: 300 }))).rejects.toThrow(
      /nothing came for 0\.3 s/,
    );
  });

  it("stops when it is cancelled and keeps what it has for the next try", async () => {
    const controller = new AbortController();
    const server = await hub((_request, response) => {
      response.writeHead(200, { "content-length": FILE.length, "x-linked-etag": `"${sha256(FILE)}"` });
      response.write(FILE.subarray(0, 100_000), () => setTimeout(() => controller.abort(), 100));
    });
    await expect(pullModel(NAME, options(server, { signal: controller.signal }))).rejects.toMatchObject({
      code: "cancelled",
    });
    const second = await hub((request, response) => sendFile(request, response, FILE));
    const model = await pullModel(NAME, options(second));
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
    expect(second.requests[0].headers.range).toMatch(/^bytes=[1-9]/);
  });
});
