export { createEngine } from "./createEngine.js";
export type {
  Engine,
  EngineEvent,
  EngineState,
  EngineStatistics,
  EngineStatus,
  GenerateRequest,
  GenerateResult,
  TokenLogprob,
  TokenOrigin,
  TracedToken,
  TraceStep,
  WarmupReport,
} from "./engine.js";
export type { EngineLog, EngineOptions } from "./options/index.js";
export {
  buildRequest,
  FIELD_NAMES,
  type FieldName,
  fieldSchema,
  isHonoured,
  REQUEST_DEFAULTS,
  REQUEST_FIELDS,
  type RequestContent,
  type RequestField,
  type RequestValues,
  requestField,
  SETTINGS,
  type SettingName,
  type Surface,
  wireNames,
} from "./request/index.js";
export { type Verdict, validateDocument } from "./validate/index.js";
