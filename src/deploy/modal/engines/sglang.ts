import type { ModalSettings } from "../settings.js";
import {
  adapterArguments,
  COMPILED_PATH,
  CUDA_DEVEL,
  compilingColdStart,
  type EngineProfile,
  HUB_ENVIRONMENT,
  PLUGIN_ENVIRONMENT,
  sharedArguments,
  wholeRepository,
} from "./profile.js";

export const sglang: EngineProfile = {
  title: "SGLang",
  base: CUDA_DEVEL,
  systemPackages: ["libnuma1"],
  nodePackages: [],
  environment: ({ snapshot, structuredOutputs }) => ({
    ...HUB_ENVIRONMENT,
    // The parent of all compilation caches.
    SGLANG_CACHE_DIR: `${COMPILED_PATH}/sglang`,
    ...(snapshot && { TORCHINDUCTOR_COMPILE_THREADS: "1" }),
    ...(structuredOutputs === "formwork" && PLUGIN_ENVIRONMENT),
  }),
  start: ["python", "-m", "sglang.launch_server", "--model-path"],
  commandLine,
  files: wholeRepository,
  coldStart: compilingColdStart,
};

function commandLine(settings: ModalSettings): string[][] {
  const { concurrency, contextLength, memoryUtilization, eager, snapshot, structuredOutputs } = settings;
  return [
    ...sharedArguments(settings),
    ["--max-running-requests", String(concurrency)],
    ["--enable-cache-report"],
    ...(structuredOutputs === "formwork" ? [["--grammar-backend", "formwork"]] : []),
    ...(contextLength === undefined ? [] : [["--context-length", String(contextLength)]]),
    ...(memoryUtilization === undefined ? [] : [["--mem-fraction-static", String(memoryUtilization / 100)]]),
    ...(eager ? [["--cuda-graph-backend-decode=disabled"], ["--cuda-graph-backend-prefill=disabled"]] : []),
    ...(snapshot ? [["--enable-memory-saver"], ["--enable-weights-cpu-backup"]] : []),
    ...adapterArguments(settings, "--lora-paths"),
  ];
}
