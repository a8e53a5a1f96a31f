import { FormworkError } from "../../errors.js";
import { type GpuRequest, parseGpu } from "../prices.js";
import { parseKeepWarm, type WarmWindow } from "../schedule.js";

export type DeployEngine = "vllm" | "sglang";
export type DeployMode = "dev" | "prod" | "demo";

/** Seconds that an idle container lives on, by mode. */
export const SCALEDOWN_SECONDS: Readonly<Record<DeployMode, number>> = { dev: 120, prod: 300, demo: 600 };

/** The key `modal` of `formwork.config.json`: everything may be left out. Times are in seconds. */
export interface ModalOptions {
  /** The app's name on Modal. */
  app?: string;
  /** A repository on the model hub. */
  model?: string;
  /** The branch, tag or commit of the model. */
  revision?: string;
  engine?: DeployEngine;
  /** One GPU or several in order of preference, for example `["L40S", "A100-40GB"]`. */
  gpu?: string | string[];
  mode?: DeployMode;
  minContainers?: number;
  maxContainers?: number;
  bufferContainers?: number;
  /** Requests that one container works on at once. */
  concurrency?: number;
  /** Where requests enter Modal, for example `us-east` or `eu-west`. */
  region?: string;
  /** Where containers may run; anywhere when left out (pinning a region costs more). */
  computeRegion?: string | string[];
  /** Start from a memory snapshot with the engine asleep in it. */
  snapshot?: boolean;
  /** Skip compilation and graph capture: starts sooner, answers slower. Default: true in `dev`. */
  eager?: boolean;
  /** Names of Modal secrets with the keys each must hold: `{"huggingface": ["HF_TOKEN"]}`. A list of names will do. */
  secrets?: string[] | Record<string, string[]>;
  /** Names of the two volumes. */
  volumes?: { models?: string; compiled?: string };
  /** Positions of the context; the model's own when left out. */
  contextLength?: number;
  /** Further arguments of the engine's command line, as they are. */
  engineArguments?: string[];
  /** Keep `minContainers` (at least one) warm at these times only: `Mon-Fri 08:00-18:00`. */
  keepWarm?: string;
  /** The time zone of `keepWarm`, for example `Europe/Berlin`. */
  timeZone?: string;
  scaledownWindow?: number;
  startupTimeout?: number;
  /** How long requests in flight may take to finish when a container ends. */
  exitGracePeriod?: number;
  /** Let anybody call the service without proxy credentials. */
  unauthenticated?: boolean;
  /** Let anybody read `/health`. */
  publicHealth?: boolean;
  /** Modal's environment (`dev`, `main`, ...). */
  environment?: string;
  /** The app file, relative to the project. */
  file?: string;
  /** Which Formwork goes into the image: `local` packs this one, anything else is a version on npm. */
  package?: string;
}

/** Options with every choice made. */
export interface ModalSettings {
  app: string;
  model: string;
  revision: string | undefined;
  engine: DeployEngine;
  gpus: readonly GpuRequest[];
  mode: DeployMode;
  minContainers: number;
  maxContainers: number;
  bufferContainers: number;
  concurrency: number;
  region: string;
  computeRegions: readonly string[];
  snapshot: boolean;
  eager: boolean;
  secrets: Readonly<Record<string, readonly string[]>>;
  volumes: { models: string; compiled: string };
  contextLength: number | undefined;
  engineArguments: readonly string[];
  keepWarm: { text: string; windows: readonly WarmWindow[]; timeZone: string } | undefined;
  scaledownWindow: number;
  startupTimeout: number;
  exitGracePeriod: number;
  unauthenticated: boolean;
  publicHealth: boolean;
  environment: string | undefined;
  file: string;
  package: string;
}

const DEFAULT_MODEL = "Qwen/Qwen3-4B-Instruct-2507";

/**
 * Checks options once and fills in the rest; later ones win over earlier ones.
 * Throws `FormworkError("invalid_request")` with a pointer into the configuration file.
 */
export function modalSettings(...layers: readonly unknown[]): ModalSettings {
  const options = new Options(layers);
  const mode = options.choice("mode", ["dev", "prod", "demo"] as const, "dev");
  const keepWarm = options.text("keepWarm");
  const timeZone = options.text("timeZone") ?? "UTC";
  checkTimeZone(timeZone);
  const gpus = options.texts("gpu") ?? ["L40S"];
  if (gpus.length === 0) throw invalid("gpu", "names at least one GPU");
  const parsed = gpus.map(parseGpu);
  if (parsed.some(({ count }) => count !== parsed[0]!.count)) {
    throw invalid(
      "gpu",
      `names as many GPUs each time (${gpus.join(", ")}): the model is split over all of them`,
    );
  }
  const minContainers = options.whole("minContainers", 0, 0, 1000);
  const maxContainers = options.whole(
    "maxContainers",
    Math.max(mode === "dev" ? 1 : 10, minContainers),
    1,
    1000,
  );
  if (minContainers > maxContainers) {
    throw invalid("minContainers", `(${minContainers}) is at most maxContainers (${maxContainers})`);
  }
  const volumes = options.record("volumes", ["models", "compiled"]);
  const settings: ModalSettings = {
    app: options.name("app") ?? "formwork",
    model: options.text("model") ?? DEFAULT_MODEL,
    revision: options.text("revision"),
    engine: options.choice("engine", ["vllm", "sglang"] as const, "vllm"),
    gpus: parsed,
    mode,
    minContainers,
    maxContainers,
    bufferContainers: options.whole("bufferContainers", 0, 0, 1000),
    concurrency: options.whole("concurrency", 32, 1, 1000),
    region: options.text("region") ?? "us-east",
    computeRegions: options.texts("computeRegion") ?? [],
    snapshot: options.flag("snapshot") ?? false,
    eager: options.flag("eager") ?? mode === "dev",
    secrets: options.secrets(),
    volumes: {
      models: volumes["models"] ?? "formwork-models",
      compiled: volumes["compiled"] ?? "formwork-compiled",
    },
    contextLength: options.wholeOrNone("contextLength", 256, 10_000_000),
    engineArguments: options.texts("engineArguments") ?? [],
    keepWarm:
      keepWarm === undefined ? undefined : { text: keepWarm, windows: parseKeepWarm(keepWarm), timeZone },
    scaledownWindow: options.whole("scaledownWindow", SCALEDOWN_SECONDS[mode], 2, 3600),
    startupTimeout: options.whole("startupTimeout", 1800, 60, 86_400),
    exitGracePeriod: options.whole("exitGracePeriod", 30, 0, 3600),
    unauthenticated: options.flag("unauthenticated") ?? false,
    publicHealth: options.flag("publicHealth") ?? false,
    environment: options.text("environment"),
    file: options.text("file") ?? "modal_app.py",
    package: options.text("package") ?? "local",
  };
  if (settings.volumes.models === settings.volumes.compiled) {
    throw invalid("volumes", "names two different volumes: Modal mounts a volume once");
  }
  return settings;
}

/** The names that `ModalOptions` knows; the compiler sees to it that none is missing. */
const KNOWN: Readonly<Record<keyof ModalOptions, true>> = {
  app: true,
  model: true,
  revision: true,
  engine: true,
  gpu: true,
  mode: true,
  minContainers: true,
  maxContainers: true,
  bufferContainers: true,
  concurrency: true,
  region: true,
  computeRegion: true,
  snapshot: true,
  eager: true,
  secrets: true,
  volumes: true,
  contextLength: true,
  engineArguments: true,
  keepWarm: true,
  timeZone: true,
  scaledownWindow: true,
  startupTimeout: true,
  exitGracePeriod: true,
  unauthenticated: true,
  publicHealth: true,
  environment: true,
  file: true,
  package: true,
};

/** Values of unknown origin, read one by one. */
class Options {
  readonly #values = new Map<string, unknown>();

  constructor(layers: readonly unknown[]) {
    for (const layer of layers) {
      if (layer === undefined) continue;
      if (typeof layer !== "object" || layer === null || Array.isArray(layer)) {
        throw new FormworkError("invalid_request", "The key modal holds an object.", { pointer: "/modal" });
      }
      for (const [key, value] of Object.entries(layer)) {
        if (!Object.hasOwn(KNOWN, key)) {
          throw invalid(key, `is no option of a deployment; there are ${Object.keys(KNOWN).join(", ")}`);
        }
        if (value !== undefined && value !== null) this.#values.set(key, value);
      }
    }
  }

  text(key: keyof ModalOptions): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "") throw invalid(key, "is a text that is not empty");
    return value;
  }

  /** A name that Modal takes for an app. */
  name(key: keyof ModalOptions): string | undefined {
    const value = this.text(key);
    if (value !== undefined && !isObjectName(value)) {
      throw invalid(key, `is at most 64 letters, digits, dots, dashes and underscores; "${value}" is not`);
    }
    return value;
  }

  texts(key: keyof ModalOptions): string[] | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((item): item is string => typeof item === "string" && item !== "")) {
      throw invalid(key, "is a text or a list of texts");
    }
    return list;
  }

  flag(key: keyof ModalOptions): boolean | undefined {
    const value = this.#values.get(key);
    if (value !== undefined && typeof value !== "boolean") throw invalid(key, "is true or false");
    return value;
  }

  choice<T extends string>(key: keyof ModalOptions, among: readonly T[], otherwise: T): T {
    const value = this.#values.get(key) ?? otherwise;
    if (!among.includes(value as T)) throw invalid(key, `is one of ${among.join(", ")}`);
    return value as T;
  }

  whole(key: keyof ModalOptions, otherwise: number, least: number, most: number): number {
    return this.wholeOrNone(key, least, most) ?? otherwise;
  }

  wholeOrNone(key: keyof ModalOptions, least: number, most: number): number | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw invalid(key, `is a whole number from ${least} to ${most}`);
    }
    return value as number;
  }

  record(key: keyof ModalOptions, names: readonly string[]): Record<string, string | undefined> {
    const value = this.#values.get(key) ?? {};
    if (typeof value !== "object" || Array.isArray(value)) throw invalid(key, `is an object`);
    for (const [name, item] of Object.entries(value)) {
      if (!names.includes(name)) throw invalid(`${key}/${name}`, `is unknown; there are ${names.join(", ")}`);
      if (typeof item !== "string" || !isObjectName(item))
        throw invalid(`${key}/${name}`, "is a volume's name");
    }
    return value as Record<string, string | undefined>;
  }

  secrets(): Record<string, string[]> {
    const value = this.#values.get("secrets") ?? [];
    const entries: [string, unknown][] = Array.isArray(value)
      ? value.map((name) => [name, []])
      : typeof value === "string"
        ? [[value, []]]
        : Object.entries(value as object);
    for (const [name, keys] of entries) {
      if (typeof name !== "string" || !isObjectName(name)) throw invalid("secrets", "names Modal secrets");
      if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) {
        throw invalid(`secrets/${name}`, "lists the keys that the secret must hold");
      }
    }
    return Object.fromEntries(entries) as Record<string, string[]>;
  }
}

function isObjectName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,64}$/.test(name) && !/^ap-[a-zA-Z0-9]{22}$/.test(name);
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw new FormworkError(
      "invalid_request",
      `modal.timeZone: "${timeZone}" is no time zone; write Europe/Berlin.`,
      {
        pointer: "/modal/timeZone",
        cause,
      },
    );
  }
}

function invalid(key: string, what: string): FormworkError {
  return new FormworkError("invalid_request", `modal.${key.replace("/", ".")} ${what}.`, {
    pointer: `/modal/${key}`,
  });
}
