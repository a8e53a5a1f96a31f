export { type GgufDescription, inspectGguf } from "./gguf/inspect.js";
export type { TokenizerKind } from "./gguf/tokenBytes.js";
export type { Accelerator } from "./llama/libraries.js";
export { loadLlamaRuntime } from "./llama/load.js";
export type { KvType, LlamaRuntimeOptions, LoadStage } from "./llama/options.js";
export type { ModelDescription, Runtime, SavedCells } from "./runtime.js";
export { byteVocabulary } from "./scripted/byteVocabulary.js";
export { createScriptedRuntime, type ScriptedRuntimeOptions } from "./scripted/scriptedRuntime.js";
export { cpuQuota, detectThreads } from "./threads.js";
