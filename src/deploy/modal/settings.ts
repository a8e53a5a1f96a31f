import { type GpuRequest, parseGpu } from "../prices.js";
import { parseKeepWarm, type WarmWindow, warmCrons } from "../schedule.js";
import { checkTimeZone, invalid, OptionReader } from "./optionReader.js";
import type { DeployedApp } from "./template/record.js";

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
  /** Requests that one container's engine works on at once. */
  concurrency?: number;
  /** Requests in a container at which Modal starts another; default three quarters of `concurrency`. */
  targetConcurrency?: number;
  /** Requests in a container beyond which Modal answers 429 (modal >= 1.6); default twice `concurrency`. */
  maxConcurrency?: number;
  /** Processor cores, memory and disk (MiB) asked for; Modal's defaults when left out. */
  cpu?: number;
  memory?: number;
  ephemeralDisk?: number;
  /** The same of the function that fetches the weights, and how long it may take. */
  downloadCpu?: number;
  downloadMemory?: number;
  downloadTimeout?: number;
  /** How long one request may take in Formwork. */
  requestTimeout?: number;
  /** After so long without an answer the engine has to prove itself with a small inference. */
  probeSeconds?: number;
  /** Pass GPU names through that this release does not know. */
  gpuUnchecked?: boolean;
  /** Where requests enter Modal, for example `us-east` or `eu-west`. */
  region?: string;
  /** Where containers may run; anywhere when left out (pinning a region costs more). */
  computeRegion?: string | string[];
  /** Start from a memory snapshot with the engine asleep in it. */
  snapshot?: boolean;
  /** Skip compilation and graph capture: starts sooner, answers slower. Default: true in `dev`. */
  eager?: boolean;
  /** Names of Modal secrets with the keys each must hold: `{"huggingface": ["HF_TOKEN"]}`; or a list of names. */
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
  targetConcurrency: number;
  maxConcurrency: number;
  cpu: number | undefined;
  memory: number | undefined;
  ephemeralDisk: number | undefined;
  downloadCpu: number;
  downloadMemory: number;
  downloadTimeout: number;
  requestTimeout: number;
  probeSeconds: number;
  region: string;
  computeRegions: readonly string[];
  snapshot: boolean;
  eager: boolean;
  secrets: Readonly<Record<string, readonly string[]>>;
  volumes: { models: string; compiled: string };
  contextLength: number | undefined;
  engineArguments: readonly string[];
  keepWarm: KeepWarm | undefined;
  scaledownWindow: number;
  startupTimeout: number;
  exitGracePeriod: number;
  unauthenticated: boolean;
  publicHealth: boolean;
  environment: string | undefined;
  file: string;
  package: string;
}

export interface KeepWarm {
  text: string;
  windows: readonly WarmWindow[];
  timeZone: string;
  /** The windows cover the whole week. */
  isAlways: boolean;
}

const DEFAULT_MODEL = "Qwen/Qwen3-4B-Instruct-2507";

/**
 * Checks options once and fills in the rest; later ones win over earlier ones.
 * Throws `FormworkError("invalid_request")` with a pointer into the configuration file.
 */
export function modalSettings(...layers: readonly unknown[]): ModalSettings {
  const options = new OptionReader(layers);
  const mode = options.choice("mode", ["dev", "prod", "demo"] as const, "dev");
  const keepWarm = options.text("keepWarm");
  const timeZone = options.text("timeZone") ?? "UTC";
  checkTimeZone(timeZone);
  const gpus = options.texts("gpu") ?? ["L40S"];
  if (gpus.length === 0) throw invalid("gpu", "names at least one GPU");
  const unchecked = options.flag("gpuUnchecked") ?? false;
  const parsed = gpus.map((gpu) => parseGpu(gpu, unchecked));
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
  const concurrency = options.whole("concurrency", 32, 1, 1000);
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
    concurrency,
    targetConcurrency: options.whole("targetConcurrency", Math.ceil(concurrency * 0.75), 1, concurrency),
    maxConcurrency: options.whole("maxConcurrency", concurrency * 2, concurrency, 10_000),
    cpu: options.wholeOrNone("cpu", 1, 64),
    memory: options.wholeOrNone("memory", 128, 344_064),
    ephemeralDisk: options.wholeOrNone("ephemeralDisk", 524_288, 3_145_728),
    downloadCpu: options.whole("downloadCpu", 4, 1, 64),
    downloadMemory: options.whole("downloadMemory", 8192, 512, 344_064),
    downloadTimeout: options.whole("downloadTimeout", 6 * 3600, 60, 86_400),
    requestTimeout: options.whole("requestTimeout", 600, 1, 86_400),
    probeSeconds: options.whole("probeSeconds", 60, 5, 3600),
    region: options.region("region")?.[0] ?? "us-east",
    computeRegions: options.region("computeRegion") ?? [],
    snapshot: options.flag("snapshot") ?? false,
    eager: options.flag("eager") ?? mode === "dev",
    secrets: options.secrets(),
    volumes: {
      models: volumes["models"] ?? "formwork-models",
      compiled: volumes["compiled"] ?? "formwork-compiled",
    },
    contextLength: options.wholeOrNone("contextLength", 256, 10_000_000),
    engineArguments: options.texts("engineArguments") ?? [],
    keepWarm: keepWarm === undefined ? undefined : readKeepWarm(keepWarm, timeZone),
    scaledownWindow: options.whole("scaledownWindow", SCALEDOWN_SECONDS[mode], 2, 3600),
    startupTimeout: options.whole("startupTimeout", 1800, 60, 86_400),
    exitGracePeriod: options.whole("exitGracePeriod", 30, 0, 3600),
    unauthenticated: options.flag("unauthenticated") ?? false,
    publicHealth: options.flag("publicHealth") ?? false,
    environment: options.text("environment"),
    file: options.text("file") ?? "modal_app.py",
    package: options.text("package") ?? "local",
  };
  if (settings.snapshot && parsed[0]!.count > 1) {
    throw invalid("snapshot", "works with one GPU: memory snapshots do not cover several");
  }
  if (settings.volumes.models === settings.volumes.compiled) {
    throw invalid("volumes", "names two different volumes: Modal mounts a volume once");
  }
  return settings;
}

function readKeepWarm(text: string, timeZone: string): KeepWarm {
  const windows = parseKeepWarm(text);
  return { text, windows, timeZone, isAlways: warmCrons(windows).length === 0 };
}

/** The settings of an app by its own record, as far as costs depend on them. */
export function deployedSettings(deployed: DeployedApp): ModalSettings {
  const { gpus, model, concurrency, minContainers, maxContainers, scaledownWindow } = deployed;
  const { keepWarm, timeZone } = deployed;
  return modalSettings({
    ...{
      gpu: [...gpus],
      model,
      concurrency,
      minContainers,
      maxContainers,
      scaledownWindow,
      gpuUnchecked: true,
    },
    ...{ keepWarm, timeZone },
  });
}

/**
 * Seconds from the start of a container to its first answer, before any start was measured. From one measured start of
 * a 32B model under vLLM (423 s: weights 43, initialising 45, compiling 156, capturing graphs 46, the rest Modal's own).
 */
export function predictedStartSeconds({
  eager,
  snapshot,
}: Pick<ModalSettings, "eager" | "snapshot">): number {
  if (snapshot) return 60;
  return eager ? 220 : 420;
}
