import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder } from "../system/index.js";
import { modelCachePath } from "./cache.js";
import { DEFAULT_MODEL, KNOWN_MODELS, type KnownModel, knownModel } from "./registry.js";
import { listModels, pullKnownModel, pullModel, resolveModel } from "./resolve.js";
import { defaultModelPath } from "./testing/defaultModel.js";
import { sendFile, sha256, startServer } from "./testing/hubServer.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-models-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("names and places", () => {
  it("knows models by id, by file name and by their place on the hub", () => {
    expect(knownModel(DEFAULT_MODEL).bytes).toBe(98_362_432);
    expect(knownModel("SmolLM2-135M-Instruct.q4_1.GGUF").id).toBe(DEFAULT_MODEL);
    expect(knownModel("hf:a/b@v1/sub/c.gguf").sources).toEqual([
      { kind: "hub", repository: "a/b", file: "sub/c.gguf", revision: "v1" },
    ]);
    expect(() => knownModel("gpt-9")).toThrow(expect.objectContaining({ code: "unknown_model" }));
    expect(() => knownModel("hf:a/../c.gguf")).toThrow(expect.objectContaining({ code: "unknown_model" }));
  });

  it("has a licence, a size, a checksum and a source for every model of the registry", () => {
    for (const model of KNOWN_MODELS) {
      expect(model.sha256, model.id).toMatch(/^[0-9a-f]{64}$/);
      expect(model.bytes, model.id).toBeGreaterThan(1e6);
      expect(model.licence, model.id).not.toBe("");
      expect(model.sources.length, model.id).toBeGreaterThan(0);
    }
  });

  it("keeps the cache where the environment says", () => {
    expect(cacheFolder({ FORMWORK_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(cacheFolder({ XDG_CACHE_HOME: "/b" })).toBe(join("/b", "formwork"));
    expect(modelCachePath(DEFAULT_MODEL, { FORMWORK_CACHE: "/a" })).toBe(
      join("/a", "models", DEFAULT_MODEL, "SmolLM2-135M-Instruct.Q4_1.gguf"),
    );
  });

  it("takes a path to any file, and says so when there is none", async () => {
    const path = join(folder, "mine.gguf");
    writeFileSync(path, "GGUF");
    expect(await resolveModel(path)).toEqual({ id: "mine", path, bytes: 4, from: "path" });
    await expect(resolveModel(join(folder, "other.gguf"))).rejects.toMatchObject({
      code: "model_unavailable",
    });
    await expect(resolveModel("other.gguf")).rejects.toMatchObject({ code: "unknown_model" });
  });

  it("downloads nothing offline", async () => {
    const environment = { FORMWORK_CACHE: folder };
    await expect(pullModel(DEFAULT_MODEL, { environment, offline: true })).rejects.toThrow(
      /downloads are switched off/,
    );
    expect(listModels(environment).every((model) => model.cachedPath === null)).toBe(true);
  });
});

describe("the cache", () => {
  const FILE = randomBytes(50_000);
  const model: KnownModel = {
    id: "small",
    file: "small.gguf",
    bytes: FILE.length,
    sha256: sha256(FILE),
    licence: "MIT",
    sources: [{ kind: "hub", repository: "a/b", file: "small.gguf" }],
  };

  async function withHub<T>(
    work: (environment: Record<string, string>, count: () => number) => Promise<T>,
  ): Promise<T> {
    const server = await startServer((request, response) => sendFile(request, response, FILE));
    try {
      return await work({ FORMWORK_CACHE: folder, HF_ENDPOINT: server.url }, () => server.requests.length);
    } finally {
      await server.close();
    }
  }

  it("takes over a whole file that somebody put there, without a download", async () => {
    await withHub(async (environment, count) => {
      const path = join(folder, "models", "small", "small.gguf");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, FILE);
      expect((await pullKnownModel(model, { environment })).from).toBe("cache");
      expect(count()).toBe(0);
    });
  });

  it("replaces a file that is damaged, truncated or changed since", async () => {
    await withHub(async (environment, count) => {
      const { path } = await pullKnownModel(model, { environment });
      writeFileSync(path, FILE.subarray(0, 100));
      expect((await pullKnownModel(model, { environment })).from).toBe("hub");
      writeFileSync(path, randomBytes(FILE.length));
      expect((await pullKnownModel(model, { environment })).from).toBe("hub");
      expect(readFileSync(path).equals(FILE)).toBe(true);
      expect(count()).toBe(3);
      const old = new Date(Date.now() - 1e6);
      utimesSync(path, old, old);
      expect((await pullKnownModel(model, { environment })).from).toBe("cache");
      expect(count()).toBe(3);
    });
  });

  it("remembers the checksum of a first download that had none to compare with", async () => {
    await withHub(async (environment) => {
      const { sha256: _omitted, bytes: _unknown, ...unpinned } = model;
      const first = await pullKnownModel(unpinned, { environment });
      writeFileSync(first.path, randomBytes(FILE.length));
      const second = await pullKnownModel(unpinned, { environment });
      expect(second.from).toBe("hub");
      expect(second.sha256).toBe(first.sha256);
    });
  });

  it("takes the lock of a process that is gone", async () => {
    await withHub(async (environment) => {
      const lock = join(folder, "models", "small", "small.gguf.lock");
      mkdirSync(dirname(lock), { recursive: true });
      writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 7, host: hostname(), token: "x" }));
      expect((await pullKnownModel(model, { environment })).from).toBe("hub");
      writeFileSync(lock, JSON.stringify({ pid: 1, host: "elsewhere", token: "x" }));
      const old = new Date(Date.now() - 60_000);
      utimesSync(lock, old, old);
      rmSync(join(folder, "models", "small", "small.gguf"));
      expect((await pullKnownModel(model, { environment })).from).toBe("hub");
      expect(statSync(lock, { throwIfNoEntry: false })).toBeUndefined();
    });
  });

  it("waits for a lock that is held, until it is cancelled", async () => {
    const lock = join(folder, "models", "small", "small.gguf.lock");
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname(), token: "x" }));
    const controller = new AbortController();
    const pulled = pullKnownModel(model, {
      environment: { FORMWORK_CACHE: folder },
      signal: controller.signal,
      onProgress: ({ stage }) => {
        if (stage === "wait") controller.abort();
      },
    });
    await expect(pulled).rejects.toMatchObject({ code: "cancelled" });
  });
});

describe("the default model", () => {
  it("is fetched by the ordinary way and is the one of the registry", async () => {
    const path = await defaultModelPath();
    expect(statSync(path).size).toBe(98_362_432);
  });
});
