import { isRecord } from "../json/index.js";
import type { Environment } from "../system/index.js";
import { hubEndpoint } from "./hub.js";

/** What a repository of the hub says of a model, without its weights. */
export interface ModelRepository {
  /** Bytes of the weights: safetensors, or pickled files where there are none; those of `file` where one was named. */
  weightBytes: number;
  /** The model's `config.json`, as far as it is there. */
  config: Readonly<Record<string, unknown>>;
}

export interface RepositoryOptions {
  environment: Environment;
  revision?: string | undefined;
  /** The file of a repository that holds several models; the first, where the model is in parts. */
  file?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Until the hub answers. Default 8000. */
  timeoutMs?: number;
}

/**
 * Sizes and configuration of a model on the hub. Undefined where the hub cannot be reached, does not know the model, or
 * keeps it from this caller: whoever needs to know more has to download it.
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

/** The names of a file's parts: `x-00001-of-00003.gguf` stands for three. */
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
