export { type GgufDescription, inspectGguf } from "./gguf/inspect.js";
export type { TokenizerKind } from "./gguf/tokenBytes.js";
export type { Accelerator } from "./llama/libraries.js";
export { type KvType, type LlamaRuntimeOptions, type LoadStage, loadLlamaRuntime } from "./llama/load.js";
export type { ModelDescription, Runtime } from "./runtime.js";
export { byteVocabulary } from "./scripted/byteVocabulary.js";
export { createScriptedRuntime, type ScriptedRuntimeOptions } from "./scripted/scriptedRuntime.js";
export { cpuQuota, detectThreads } from "./threads.js";
