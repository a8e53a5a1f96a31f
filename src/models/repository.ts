import { isRecord } from "../json/index.js";
import type { Environment } from "../system/index.js";
import { hubEndpoint } from "./hub.js";

/** A model's metadata from its repository on the hub. */
export interface ModelRepository {
  /** Bytes of the weights: of the safetensors files, or else of the pickled files; with `file`, of that file. */
  weightBytes: number;
  /** The model's `config.json`, if there is one. */
  config: Readonly<Record<string, unknown>>;
}

export interface RepositoryOptions {
  environment: Environment;
  revision?: string | undefined;
  /** The file in a repository with several models; the first part if the model is split. */
  file?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds until the hub answers. Default 8000. */
  timeoutMs?: number;
}

/**
 * Sizes and configuration of a model on the hub. Undefined if the hub cannot be reached, does not know the model, or denies
 * access.
 */
export async function describeRepository(
  name: string,
  options: RepositoryOptions,
): Promise<ModelRepository | undefined> {
  const { environment, revision = "main" } = options;
  const hub = hubEndpoint(environment);
  const path = name.split("/").map(encodeURIComponent).join("/");
  const reference = encodeURIComponent(revision);
  const [listing, config] = await Promise.all([
    read(`${hub}/api/models/${path}/revision/${reference}?blobs=true`, options),
    read(`${hub}/${path}/resolve/${reference}/config.json`, options),
  ]);
  if (listing === undefined || !Array.isArray(listing["siblings"])) return undefined;
  const files = listing["siblings"].filter(isRecord);
  const bytesOf = (ending: RegExp) =>
    files.reduce((sum, { rfilename, size }) => {
      const counts = typeof rfilename === "string" && ending.test(rfilename) && typeof size === "number";
      return counts ? sum + size : sum;
    }, 0);
  const weightBytes =
    options.file === undefined
      ? bytesOf(/^(?!original\/|consolidated).*\.safetensors$/) || bytesOf(/^(?!original\/).*\.bin$/)
      : bytesOf(partsOf(options.file));
  return weightBytes === 0 ? undefined : { weightBytes, config: config ?? {} };
}

/** The names of a file's parts: for `x-00001-of-00003.gguf`, three names. */
function partsOf(file: string): RegExp {
  const name = file.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${name.replace(/-00001-of-/, "-\\d+-of-")}$`);
}

async function read(url: string, options: RepositoryOptions): Promise<Record<string, unknown> | undefined> {
  const token = options.environment["HF_TOKEN"];
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 8000);
  try {
    const answer = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
    });
    const body: unknown = answer.ok ? await answer.json() : undefined;
    return isRecord(body) ? body : undefined;
  } catch {
    options.signal?.throwIfAborted();
    return undefined;
  }
}
