export { BoundedCache, type CacheBounds } from "./boundedCache.js";
export { cacheFolder, type Environment } from "./cacheFolder.js";
export { compiledEntry } from "./compiledEntry.js";
export { endOfLife, type ProcessEnd } from "./endOfLife.js";
export { type GpuPrices, gpuPrices } from "./gpuPrices.js";
export { keepLastUsed, touch, writeWhole } from "./keptFiles.js";
export { preparedFolder } from "./preparedFolder.js";
export {
  type EnvironmentOptions,
  type PythonEnvironment,
  pythonEnvironment,
  type Requirements,
} from "./pythonEnvironment.js";
export { type CommandOptions, type CommandResult, isInstalled, runCommand } from "./runCommand.js";
export { lowerPriority, ownThreadId, threadCpuMs } from "./systemThread.js";
export { nextTurn } from "./turns.js";
export { version } from "./version.js";
export { answerCalls, WorkerCalls, type WorkerCallsOptions, WorkerFailure } from "./workerCalls.js";
