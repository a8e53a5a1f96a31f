import type { DeployEngine } from "../options/index.js";
import { llama } from "./llama.js";
import type { EngineProfile } from "./profile.js";
import { sglang } from "./sglang.js";
import { vllm } from "./vllm.js";

export {
  COMPILED_PATH,
  type ColdStart,
  ENGINE_PORT,
  type EngineProfile,
  FORMWORK_PATH,
  MODELS_PATH,
  type ModelFiles,
} from "./profile.js";

/** The engines of deployments, by value of the option `engine`. */
export const ENGINES: Readonly<Record<DeployEngine, EngineProfile>> = { vllm, sglang, llama };
