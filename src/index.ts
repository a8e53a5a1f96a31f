export {
  createEngine,
  type Engine,
  type EngineEvent,
  type EngineOptions,
  type EngineStatistics,
  type EngineStatus,
  type GenerateRequest,
  type GenerateResult,
  type Verdict,
  validateDocument,
  type WarmupReport,
} from "./engine/index.js";
export { type ErrorBody, type ErrorCode, FormworkError, SchemaError } from "./errors.js";
export { type Generated, type GenerateInput, generate } from "./generate.js";
export type {
  ChatMessage,
  FinishReason,
  JsonSchema,
  JsonValue,
  SamplingSettings,
  SchemaText,
  Usage,
} from "./types.js";
