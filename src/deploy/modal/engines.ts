import type { DeployEngine, ModalSettings } from "./settings.js";

/** Inside a container: where the engine listens. Only Formwork, beside it, may call it. */
export const ENGINE_PORT = 8100;

/** Versions that every generated app pins. */
export const IMAGE = {
  /** CUDA of the torch in the locks; `devel` because engines compile kernels at run time. */
  base: "nvidia/cuda:13.0.2-devel-ubuntu22.04",
  python: "3.12",
  uv: "0.13.9",
  /** The time zones of scheduled functions; the small image has none. */
  timeZones: "2026.6",
} as const;

/** What differs between the engines, beyond their arguments. */
export interface EngineProfile {
  title: string;
  /** Packages of the operating system. */
  systemPackages: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Needed on top for memory snapshots. */
  snapshotEnvironment: Readonly<Record<string, string>>;
}

/** Where the volumes lie in a container. */
export const MODELS_PATH = "/cache/models";
export const COMPILED_PATH = "/cache/compiled";

const HUB_ENVIRONMENT = {
  // As in a volume that was mounted at ~/.cache/huggingface, so that older apps' weights are found.
  HF_HUB_CACHE: `${MODELS_PATH}/hub`,
  HF_XET_HIGH_PERFORMANCE: "1",
  TORCH_CPP_LOG_LEVEL: "FATAL",
};

export const ENGINES: Readonly<Record<DeployEngine, EngineProfile>> = {
  vllm: {
    title: "vLLM",
    systemPackages: [],
    environment: {
      ...HUB_ENVIRONMENT,
      VLLM_CACHE_ROOT: `${COMPILED_PATH}/vllm`,
      TORCHINDUCTOR_CACHE_DIR: `${COMPILED_PATH}/inductor`,
      TRITON_CACHE_DIR: `${COMPILED_PATH}/triton`,
      FLASHINFER_WORKSPACE_BASE: COMPILED_PATH,
    },
    // `/sleep` and `/wake_up` exist in this mode only; they are reachable inside the container alone.
    snapshotEnvironment: { VLLM_SERVER_DEV_MODE: "1", TORCHINDUCTOR_COMPILE_THREADS: "1" },
  },
  sglang: {
    title: "SGLang",
    systemPackages: ["libnuma1"],
    // It sends the caches of everything that compiles there.
    environment: { ...HUB_ENVIRONMENT, SGLANG_CACHE_DIR: `${COMPILED_PATH}/sglang` },
    snapshotEnvironment: { TORCHINDUCTOR_COMPILE_THREADS: "1" },
  },
};

/** The engine's command line after `MODEL`, as pairs and flags, one list an option. */
export function engineArguments(settings: ModalSettings): string[][] {
  const gpuCount = settings.gpus[0]!.count;
  const own =
    settings.engine === "vllm" ? vllmArguments(settings, gpuCount) : sglangArguments(settings, gpuCount);
  return [...own, ...settings.engineArguments.map((argument) => [argument])];
}

function vllmArguments(settings: ModalSettings, gpuCount: number): string[][] {
  return [
    ["--host", "127.0.0.1"],
    ["--port", String(ENGINE_PORT)],
    ["--max-num-seqs", String(settings.concurrency)],
    // Without it, and its like below, cached prompt tokens are not reported.
    ["--enable-prompt-tokens-details"],
    ...(settings.contextLength === undefined ? [] : [["--max-model-len", String(settings.contextLength)]]),
    ...(gpuCount === 1 ? [] : [["--tensor-parallel-size", String(gpuCount)]]),
    ...(settings.eager ? [["--enforce-eager"]] : []),
    ...(settings.snapshot ? [["--enable-sleep-mode"]] : []),
  ];
}

function sglangArguments(settings: ModalSettings, gpuCount: number): string[][] {
  return [
    ["--host", "127.0.0.1"],
    ["--port", String(ENGINE_PORT)],
    ["--max-running-requests", String(settings.concurrency)],
    ["--enable-cache-report"],
    ...(settings.contextLength === undefined ? [] : [["--context-length", String(settings.contextLength)]]),
    ...(gpuCount === 1 ? [] : [["--tensor-parallel-size", String(gpuCount)]]),
    ...(settings.eager
      ? [["--cuda-graph-backend-decode=disabled"], ["--cuda-graph-backend-prefill=disabled"]]
      : []),
    ...(settings.snapshot ? [["--enable-memory-saver"], ["--enable-weights-cpu-backup"]] : []),
  ];
}
