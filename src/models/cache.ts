/** Where model files are cached, and how their integrity is verified. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FormworkError } from "../errors.js";
import { cacheFolder, type Environment } from "../system/index.js";
import { type KnownModel, knownModel } from "./registry.js";

/** The folder of weights repacked for the CPU. */
export function arrangedFolder(environment: Environment = process.env): string {
  return join(cacheFolder(environment), "arranged");
}

/** The path of a known model's file in the cache, whether it exists or not. Throws `unknown_model`. */
export function modelCachePath(name: string, environment: Environment = process.env): string {
  return cachePath(knownModel(name), environment);
}

export function cachePath(model: KnownModel, environment: Environment): string {
  const folder = model.id
    .toLowerCase()
    .replace(/^hf:/, "hf--")
    .replaceAll(/[^\w.-]+/g, "--");
  return join(cacheFolder(environment), "models", folder, model.file);
}

/** Stored next to a verified file. While size and modification time match, the file need not be read again. */
interface CacheRecord {
  sha256: string;
  bytes: number;
  modifiedMs: number;
}

const recordPath = (path: string): string => `${path}.json`;

function readRecord(path: string): CacheRecord | null {
  try {
    return JSON.parse(readFileSync(recordPath(path), "utf8")) as CacheRecord;
  } catch {
    return null;
  }
}

async function writeRecord(path: string, sha256: string): Promise<void> {
  const { size, mtimeMs } = statSync(path);
  const record: CacheRecord = { sha256, bytes: size, modifiedMs: mtimeMs };
  const draft = `${recordPath(path)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(record)}\n`);
  await rename(draft, recordPath(path));
}

/** The checksum of the cached file by its record; null if there is no file or no matching record. */
export function recordedChecksum(model: KnownModel, path: string): string | null {
  const file = statSync(path, { throwIfNoEntry: false });
  const record = readRecord(path);
  if (file === undefined || record === null) return null;
  const same = file.size === record.bytes && file.mtimeMs === record.modifiedMs;
  return same && (model.sha256 === undefined || model.sha256 === record.sha256) ? record.sha256 : null;
}

/** SHA-256 of a file, in hexadecimal. */
export async function checksum(
  path: string,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, {
    highWaterMark: 1 << 20,
    ...(signal ? { signal } : {}),
  })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    onBytes?.(bytes);
  }
  return hash.digest("hex");
}

/** How a file differs from what is expected, as part of a sentence; null if it matches. */
export function fault(model: KnownModel, bytes: number, sha256: string | null): string | null {
  if (model.bytes !== undefined && bytes !== model.bytes)
    return `it has ${bytes} bytes instead of ${model.bytes}`;
  if (sha256 !== null && model.sha256 !== undefined && sha256 !== model.sha256) {
    return `its SHA-256 is ${sha256} instead of ${model.sha256}`;
  }
  return null;
}

/**
 * Verifies a cached file without a valid record: reads it, then writes the record or deletes the file. Returns the checksum, or
 * null if there is no complete file. Requires the model's lock.
 */
export async function examineCached(
  model: KnownModel,
  path: string,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<string | null> {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return null;
  const trusted = model.sha256 ?? readRecord(path)?.sha256;
  const expected: KnownModel = trusted === undefined ? model : { ...model, sha256: trusted };
  let wrong = fault(expected, file.size, null);
  if (wrong === null) {
    const sha256 = await checksum(path, signal, onBytes);
    wrong = fault(expected, file.size, sha256);
    if (wrong === null) {
      await writeRecord(path, sha256);
      return sha256;
    }
  }
  await rm(path, { force: true });
  await rm(recordPath(path), { force: true });
  return null;
}

/**
 * Verifies a downloaded file and moves it atomically into the cache. If verification fails, deletes the file and throws
 * `model_unavailable`.
 */
export async function admit(
  model: KnownModel,
  downloaded: string,
  path: string,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<string> {
  const { size } = statSync(downloaded);
  let wrong = fault(model, size, null);
  const sha256 = wrong === null ? await checksum(downloaded, signal, onBytes) : "";
  wrong ??= fault(model, size, sha256);
  if (wrong !== null) {
    await rm(downloaded, { force: true });
    throw new FormworkError("model_unavailable", `the file is damaged: ${wrong}`);
  }
  await mkdir(dirname(path), { recursive: true });
  await rm(recordPath(path), { force: true });
  await rename(downloaded, path);
  await writeRecord(path, sha256);
  return sha256;
}
