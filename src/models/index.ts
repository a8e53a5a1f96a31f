export { arrangedFolder, modelCachePath } from "./cache.js";
export { DEFAULT_MODEL, type KnownModel, knownModel, type ModelSource } from "./registry.js";
export { describeRepository, type ModelRepository } from "./repository.js";
export {
  listModels,
  type ModelListing,
  type ModelProgress,
  pullModel,
  type ResolvedModel,
  type ResolveOptions,
  resolveModel,
} from "./resolve.js";
