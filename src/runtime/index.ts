export type { Accelerator } from "./llama/libraries.js";
export { type KvType, type LlamaRuntimeOptions, type LoadStage, loadLlamaRuntime } from "./llama/load.js";
export type { ModelDescription, Runtime } from "./runtime.js";
export { cpuQuota, detectThreads } from "./threads.js";
