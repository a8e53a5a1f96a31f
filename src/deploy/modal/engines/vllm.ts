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

export const vllm: EngineProfile = {
  title: "vLLM",
  base: CUDA_DEVEL,
  systemPackages: [],
  nodePackages: [],
  environment: ({ snapshot, structuredOutputs }) => ({
    ...HUB_ENVIRONMENT,
    VLLM_CACHE_ROOT: `${COMPILED_PATH}/vllm`,
    TORCHINDUCTOR_CACHE_DIR: `${COMPILED_PATH}/inductor`,
    TRITON_CACHE_DIR: `${COMPILED_PATH}/triton`,
    FLASHINFER_WORKSPACE_BASE: COMPILED_PATH,
    // `/sleep` and `/wake_up` only exist in this mode; they are only reachable inside the container.
    ...(snapshot && { VLLM_SERVER_DEV_MODE: "1", TORCHINDUCTOR_COMPILE_THREADS: "1" }),
    ...(structuredOutputs === "formwork" && PLUGIN_ENVIRONMENT),
  }),
  start: ["vllm", "serve"],
  commandLine,
  files: wholeRepository,
  coldStart: compilingColdStart,
};

function commandLine(settings: ModalSettings): string[][] {
  const { concurrency, contextLength, memoryUtilization, eager, snapshot } = settings;
  return [
    ...sharedArguments(settings),
    ["--max-num-seqs", String(concurrency)],
    // Required, like its counterpart in SGLang, for reporting cached prompt tokens.
    ["--enable-prompt-tokens-details"],
    ...(contextLength === undefined ? [] : [["--max-model-len", String(contextLength)]]),
    ...(memoryUtilization === undefined
      ? []
      : [["--gpu-memory-utilization", String(memoryUtilization / 100)]]),
    ...(eager ? [["--enforce-eager"]] : []),
    ...(snapshot ? [["--enable-sleep-mode"]] : []),
    ...adapterArguments(settings, "--lora-modules"),
  ];
}
