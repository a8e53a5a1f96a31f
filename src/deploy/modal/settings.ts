import { type GpuRequest, parseGpu } from "../gpuCost.js";
import { parseKeepWarm, type WarmWindow, warmCrons } from "../schedule.js";
import type { DeployEngine, DeployMode } from "./options/index.js";
import { checkTimeZone, invalid, OptionReader } from "./options/index.js";
import type { DeployedApp } from "./template/record.js";

/** Idle time of a container before it stops, in seconds, by mode. */
export const SCALEDOWN_SECONDS: Readonly<Record<DeployMode, number>> = { dev: 120, prod: 300, demo: 600 };

/** Options with all defaults applied. */
export interface ModalSettings {
  app: string;
  model: string;
  revision: string | undefined;
  engine: DeployEngine;
  structuredOutputs: "formwork" | "engine";
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
  memoryUtilization: number | undefined;
  dtype: string | undefined;
  quantization: string | undefined;
  trustRemoteCode: boolean;
  adapters: readonly Adapter[];
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

/** A LoRA adapter, by its name for callers. */
export interface Adapter {
  name: string;
  repository: string;
}

const DEFAULT_MODELS: Readonly<Record<DeployEngine, string>> = {
  vllm: "Qwen/Qwen3-4B-Instruct-2507",
  sglang: "Qwen/Qwen3-4B-Instruct-2507",
  llama: "qwen3-4b-q4_k_m",
};

/** The embedded engine gains little from more sequences than this. */
const DEFAULT_CONCURRENCY: Readonly<Record<DeployEngine, number>> = { vllm: 32, sglang: 32, llama: 16 };

/**
 * Checks options and applies defaults; later options take precedence over earlier ones. Throws `FormworkError("invalid_request")` with a
 * pointer into the configuration file.
 */
export function modalSettings(...layers: readonly unknown[]): ModalSettings {
  const options = new OptionReader(layers);
  const engine = options.choice<DeployEngine>("engine") ?? "vllm";
  const mode = options.choice<DeployMode>("mode") ?? "dev";
  const keepWarm = options.text("keepWarm");
  const timeZone = options.text("timeZone") ?? "UTC";
  checkTimeZone(timeZone);
  const minContainers = options.whole("minContainers") ?? 0;
  const maxContainers = options.whole("maxContainers") ?? Math.max(mode === "dev" ? 1 : 10, minContainers);
  const concurrency = options.whole("concurrency") ?? DEFAULT_CONCURRENCY[engine];
  const settings: ModalSettings = {
    app: options.name("app") ?? "formwork",
    model: options.text("model") ?? DEFAULT_MODELS[engine],
    revision: options.text("revision"),
    engine,
    structuredOutputs: options.choice<"formwork" | "engine">("structuredOutputs") ?? "formwork",
    gpus: readGpus(options),
    mode,
    minContainers,
    maxContainers,
    bufferContainers: options.whole("bufferContainers") ?? 0,
    concurrency,
    targetConcurrency: options.whole("targetConcurrency", concurrency) ?? Math.ceil(concurrency * 0.75),
    maxConcurrency: options.whole("maxConcurrency") ?? concurrency * 2,
    cpu: options.whole("cpu"),
    memory: options.whole("memory"),
    ephemeralDisk: options.whole("ephemeralDisk"),
    downloadCpu: options.whole("downloadCpu") ?? 4,
    downloadMemory: options.whole("downloadMemory") ?? 8192,
    downloadTimeout: options.whole("downloadTimeout") ?? 6 * 3600,
    requestTimeout: options.whole("requestTimeout") ?? 600,
    probeSeconds: options.whole("probeSeconds") ?? 60,
    region: options.region("region")?.[0] ?? "us-east",
    computeRegions: options.region("computeRegion") ?? [],
    snapshot: options.flag("snapshot") ?? false,
    eager: options.flag("eager") ?? mode === "dev",
    secrets: options.secrets(),
    volumes: {
      models: options.name("volumes.models") ?? "formwork-models",
      compiled: options.name("volumes.compiled") ?? "formwork-compiled",
    },
    contextLength: options.whole("contextLength"),
    memoryUtilization: options.whole("memoryUtilization"),
    dtype: options.choice("dtype"),
    quantization: options.text("quantization"),
    trustRemoteCode: options.flag("trustRemoteCode") ?? false,
    adapters: (options.texts("adapters") ?? []).map(readAdapter),
    engineArguments: options.texts("engineArguments") ?? [],
    keepWarm: keepWarm === undefined ? undefined : readKeepWarm(keepWarm, timeZone),
    scaledownWindow: options.whole("scaledownWindow") ?? SCALEDOWN_SECONDS[mode],
    startupTimeout: options.whole("startupTimeout") ?? 1800,
    exitGracePeriod: options.whole("exitGracePeriod") ?? 30,
    unauthenticated: options.flag("unauthenticated") ?? false,
    publicHealth: options.flag("publicHealth") ?? false,
    environment: options.text("environment"),
    file: options.text("file") ?? "modal_app.py",
    package: options.text("package") ?? "local",
  };
  checkTogether(settings);
  return settings;
}

function readGpus(options: OptionReader): GpuRequest[] {
  const gpus = options.texts("gpu") ?? ["L40S"];
  if (gpus.length === 0) throw invalid("gpu", "must name at least one GPU");
  const unchecked = options.flag("gpuUnchecked") ?? false;
  const parsed = gpus.map((gpu) => parseGpu(gpu, unchecked));
  if (parsed.every(({ count }) => count === parsed[0]!.count)) return parsed;
  throw invalid(
    "gpu",
    `must ask for the same number of GPUs in each entry (${gpus.join(", ")}): the model is split across all of them`,
  );
}

function readAdapter(text: string): Adapter {
  const [, name, repository] = /^([\w.-]+)=([\w.-]+\/[\w.-]+)$/.exec(text) ?? [];
  if (name !== undefined && repository !== undefined) return { name, repository };
  throw invalid("adapters", `must be written NAME=OWNER/REPOSITORY, not "${text}"`);
}

/** Checks combinations of options. */
function checkTogether(settings: ModalSettings): void {
  const { minContainers, maxContainers, concurrency, maxConcurrency, volumes, engine } = settings;
  if (minContainers > maxContainers) {
    throw invalid("minContainers", `(${minContainers}) must not exceed maxContainers (${maxContainers})`);
  }
  if (maxConcurrency < concurrency) {
    throw invalid("maxConcurrency", `(${maxConcurrency}) must not be below concurrency (${concurrency})`);
  }
  if (settings.snapshot && settings.gpus[0]!.count > 1) {
    throw invalid("snapshot", "needs exactly one GPU: memory snapshots do not cover several");
  }
  if (volumes.models === volumes.compiled) {
    throw invalid("volumes", "must name two different volumes: Modal mounts a volume only once");
  }
  if (engine !== "llama") return;
  if (settings.structuredOutputs !== "formwork") {
    throw invalid(
      "structuredOutputs",
      "applies to vLLM and SGLang only; the engine llama always uses Formwork's constraint engine",
    );
  }
  for (const name of VLLM_AND_SGLANG_ONLY) {
    const value = settings[name];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    throw invalid(name, "applies to vLLM and SGLang only; the engine llama reads it from the GGUF file");
  }
}

const VLLM_AND_SGLANG_ONLY = [
  "memoryUtilization",
  "dtype",
  "quantization",
  "trustRemoteCode",
  "adapters",
] as const;

function readKeepWarm(text: string, timeZone: string): KeepWarm {
  const windows = parseKeepWarm(text);
  return { text, windows, timeZone, isAlways: warmCrons(windows).length === 0 };
}

/** The settings of an app, by its record, that determine its costs. */
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
