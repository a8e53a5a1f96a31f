export { createEngine } from "./createEngine.js";
export type {
  Engine,
  EngineEvent,
  EngineState,
  EngineStatistics,
  EngineStatus,
  GenerateRequest,
  GenerateResult,
  WarmupReport,
} from "./engine.js";
export type { EngineLog, EngineOptions } from "./options.js";
export { compiledEntry } from "./process/entry.js";
export { REQUEST_DEFAULTS } from "./requestDefaults.js";
export { type Verdict, validateDocument } from "./validate/index.js";
