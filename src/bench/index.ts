export { type Comparison, compareResults, type Thresholds } from "./baseline/compare.js";
export { type BaselineEntry, listBaselines, readBaseline, saveBaseline } from "./baseline/store.js";
export { benchCompare } from "./benches/compare/bench.js";
export { benchDecode, type RawBatches, type RawDecode } from "./benches/decode/bench.js";
export {
  benchHostile,
  HOSTILE_HEADER,
  hostileLine,
  hostileSchemas,
  hostileSummary,
  hostileText,
  selectSchemas,
} from "./benches/hostile/index.js";
export { benchHttp } from "./benches/http/bench.js";
export { benchMemory, type MemoryReading } from "./benches/memory/bench.js";
export { benchPlugin, type PluginFigures, pluginText } from "./benches/plugin/bench.js";
export { benchSoak, soakFaults, soakText } from "./benches/soak/index.js";
export { benchTasks, findSuites, selectCases } from "./benches/tasks/bench.js";
export { captureEnvironment, type Environment } from "./environment.js";
export { toLine } from "./line.js";
export { pricePerHour } from "./machinePrice.js";
export { bareExchanges } from "./peers/bareServer.js";
export { LlamaServerTarget } from "./peers/llamaServer.js";
export { NodeLlamaTarget } from "./peers/nodeLlama.js";
export type { PeerSettings } from "./peers/settings.js";
export { renderPage } from "./report/page.js";
export { aligned, renderText } from "./report/text.js";
export { type MaskFigures, type Results, readResults } from "./results.js";
export { type ResultsHead, resultsFromMasks } from "./run/collect.js";
export { type ReportFiles, writeReports } from "./run/session.js";
export type { Target, TargetAnswer, TargetRequest } from "./target.js";
export { EngineTarget } from "./targets/engine.js";
export { UrlTarget } from "./targets/url.js";
export { VariantTarget } from "./targets/variant.js";
export { validateText } from "./validation.js";
