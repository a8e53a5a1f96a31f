/** Downloads from the Hugging Face hub or a mirror, resumable. */
import { once } from "node:events";
import { createWriteStream, statSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { FormworkError } from "../errors.js";
import type { Environment } from "../system/index.js";
import type { KnownModel, ModelSource } from "./registry.js";

export interface HubOptions {
  environment: Environment;
  signal?: AbortSignal;
  onBytes?: (bytes: number, total: number | undefined) => void;
  /** Milliseconds until the hub answers. Default 4000. */
  connectTimeoutMs?: number;
  /** Milliseconds between two pieces of the file. Default 30000. */
  stallTimeoutMs?: number;
}

type HubSource = Extract<ModelSource, { kind: "hub" }>;

/** The hub's information about the file it is going to send. */
interface Announced {
  sha256?: string;
  bytes?: number;
}

interface Answer {
  response: Response;
  announced: Announced;
  /** Aborts the transfer. */
  stop(): void;
}

const MAX_REDIRECTS = 5;
const MAX_RESUMES = 5;

export function hubEndpoint(environment: Environment): string {
  const endpoint = environment.HF_ENDPOINT;
  return (endpoint === undefined || endpoint === "" ? "https://huggingface.co" : endpoint).replace(
    /\/+$/,
    "",
  );
}

function unavailable(message: string, cause?: unknown): FormworkError {
  return new FormworkError("model_unavailable", message, cause === undefined ? {} : { cause });
}

function cancelled(): FormworkError {
  return new FormworkError("cancelled", "The download was cancelled.");
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Downloads the file of `source` to `partial`, resuming an earlier attempt. Returns what the hub announced; the caller verifies
 * it. Throws `model_unavailable` with the reason, or `cancelled`.
 */
export async function downloadFromHub(
  model: KnownModel,
  source: HubSource,
  partial: string,
  options: HubOptions,
): Promise<Announced> {
  const path = source.file.split("/").map(encodeURIComponent).join("/");
  const url = `${hubEndpoint(options.environment)}/${source.repository}/resolve/${source.revision ?? "main"}/${path}`;
  let announced: Announced = {};
  for (let attempt = 0; ; attempt++) {
    const before = sizeOf(partial);
    try {
      announced = await transfer(model, url, partial, before, options);
      return announced;
    } catch (error) {
      if (options.signal?.aborted) throw cancelled();
      if (error instanceof FormworkError) throw error;
      // The connection broke: retry as long as the file grows.
      if (attempt >= MAX_RESUMES || sizeOf(partial) <= before) {
        throw unavailable(`the connection to ${new URL(url).host} broke: ${reasonOf(error)}`, error);
      }
    }
  }
}

/** One connection's worth of the file. */
async function transfer(
  model: KnownModel,
  url: string,
  partial: string,
  offset: number,
  options: HubOptions,
): Promise<Announced> {
  const { response, announced, stop } = await ask(url, offset, options);
  try {
    if (model.sha256 !== undefined && announced.sha256 !== undefined && announced.sha256 !== model.sha256) {
      throw unavailable(`the hub has another file of that name (SHA-256 ${announced.sha256})`);
    }
    const expected = model.bytes ?? announced.bytes;
    if (response.status === 416) {
      // Nothing is left to send: the file is complete, or longer than the one on the hub.
      if (expected !== undefined && offset === expected) return announced;
      await rm(partial, { force: true });
      return await transfer(model, url, partial, 0, options);
    }
    if (!response.ok || response.body === null) throw refusal(response.status, url, options.environment);
    const resumed = response.status === 206;
    if (resumed && model.sha256 === undefined && announced.sha256 === undefined) {
      // Without a checksum, a change of the file between the two parts would go unnoticed.
      await rm(partial, { force: true });
      return await transfer(model, url, partial, 0, options);
    }
    if (resumed && !(response.headers.get("content-range") ?? "").startsWith(`bytes ${offset}-`)) {
      throw unavailable("the hub sent another part of the file than it was asked for");
    }
    const start = resumed ? offset : 0;
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const total = expected ?? (Number.isNaN(length) ? undefined : start + length);
    await ensureRoom(partial, total === undefined ? 0 : total - start);
    await receive(response.body, partial, start, total, options, stop);
    const received = sizeOf(partial);
    if (total !== undefined && received < total)
      throw new Error(`it ended after ${received} of ${total} bytes`);
    return { ...announced, ...(total === undefined ? {} : { bytes: total }) };
  } finally {
    stop();
  }
}

/** Requests the file from `offset` and follows redirects; the token is only sent to the hub. */
async function ask(url: string, offset: number, options: HubOptions): Promise<Answer> {
  const token = options.environment.HF_TOKEN;
  const home = new URL(url).origin;
  const announced: Announced = {};
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    options.signal?.addEventListener("abort", stop, { once: true });
    const timeout = options.connectTimeoutMs ?? 4000;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeout);
    const headers: Record<string, string> = { "user-agent": "formwork", "accept-encoding": "identity" };
    if (offset > 0) headers.range = `bytes=${offset}-`;
    if (token !== undefined && token !== "" && new URL(at).origin === home)
      headers.authorization = `Bearer ${token}`;
    let response: Response;
    try {
      response = await fetch(at, { headers, redirect: "manual", signal: controller.signal });
    } catch (error) {
      if (options.signal?.aborted) throw cancelled();
      const { host } = new URL(at);
      throw unavailable(
        timedOut
          ? `${host} did not answer within ${timeout / 1000} s`
          : `${host} cannot be reached: ${reasonOf(error)}`,
        error,
      );
    } finally {
      clearTimeout(timer);
    }
    const etag = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(response.headers.get("x-linked-etag") ?? "");
    if (etag !== null) announced.sha256 = etag[1].toLowerCase();
    const bytes = Number(response.headers.get("x-linked-size") ?? Number.NaN);
    if (Number.isInteger(bytes)) announced.bytes = bytes;
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      return {
        response,
        announced,
        stop: () => {
          options.signal?.removeEventListener("abort", stop);
          stop();
        },
      };
    }
    options.signal?.removeEventListener("abort", stop);
    stop();
    at = new URL(location, at).href;
  }
  throw unavailable(`${new URL(url).host} redirects in circles`);
}

/** Writes the body after the first `start` bytes of `partial`. */
async function receive(
  body: ReadableStream<Uint8Array>,
  partial: string,
  start: number,
  total: number | undefined,
  options: HubOptions,
  stop: () => void,
): Promise<void> {
  const stallTimeout = options.stallTimeoutMs ?? 30_000;
  const file = createWriteStream(partial, start > 0 ? { flags: "r+", start } : { flags: "w" });
  let failure: unknown;
  file.on("error", (error) => {
    failure = error;
    stop();
  });
  let bytes = start;
  let stalled = false;
  const onStall = (): void => {
    stalled = true;
    stop();
  };
  let timer = setTimeout(onStall, stallTimeout);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      timer = setTimeout(onStall, stallTimeout);
      bytes += chunk.length;
      options.onBytes?.(bytes, total);
      if (!file.write(chunk)) await once(file, "drain");
      if (failure !== undefined) throw failure;
    }
  } catch (error) {
    if (failure !== undefined)
      throw unavailable(`${partial} cannot be written: ${reasonOf(failure)}`, failure);
    throw stalled ? new Error(`nothing came for ${stallTimeout / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
    file.end();
    await finished(file).catch(() => undefined);
  }
}

async function ensureRoom(partial: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(partial));
  const free = bavail * bsize;
  if (bytes > free) {
    throw unavailable(
      `${dirname(partial)} has ${Math.floor(free / 1e6)} MB left, ${Math.ceil(bytes / 1e6)} MB are needed; ` +
        "make room or set FORMWORK_CACHE to another disk",
    );
  }
}

function refusal(status: number, url: string, environment: Environment): FormworkError {
  const { host } = new URL(url);
  if (status === 401 || status === 403) {
    const remedy = environment.HF_TOKEN
      ? "the token in HF_TOKEN may not read this repository; accept its licence on the hub"
      : "set HF_TOKEN to a token that may read this repository";
    return unavailable(`${host} refused with ${status}: ${remedy}`);
  }
  if (status === 404) return unavailable(`${host} has no such file (404)`);
  return unavailable(`${host} answered ${status}`);
}

/** The innermost cause: `fetch` wraps the informative error. */
function reasonOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message || at.name : String(at);
}
