import { FormworkError } from "../../../errors.js";
import { knownModel } from "../../../models/index.js";
import { invalid } from "../options/index.js";
import type { ModalSettings } from "../settings.js";
import { COMPILED_PATH, type EngineProfile, HUB_ENVIRONMENT, type ModelFiles } from "./profile.js";

/**
 * Formwork's embedded engine with a GGUF file: no compilation or graph capture at the start.
 *
 * The base holds CUDA 12: the library's CUDA 12 build runs on every driver from 525 on, and on data-centre cards also where
 * its CUDA 13 build, which holds code of a newer toolkit for them, does not.
 */
export const llama: EngineProfile = {
  title: "Formwork's own engine",
  base: "nvidia/cuda:12.9.1-runtime-ubuntu22.04",
  systemPackages: ["libgomp1"],
  // The second contains only the CUDA 12 build, the first what both builds need.
  nodePackages: ["@node-llama-cpp/linux-x64-cuda", "@node-llama-cpp/linux-x64-cuda-ext"],
  environment: () => ({
    ...HUB_ENVIRONMENT,
    // Tables prepared from the model's vocabulary.
    FORMWORK_CACHE: `${COMPILED_PATH}/formwork`,
    // A start without the GPU is an error, not a slow server.
    FORMWORK_ACCELERATOR: "cuda",
  }),
  start: undefined,
  commandLine: ({ concurrency, contextLength }) => [
    ["--parallel", String(concurrency)],
    ...(contextLength === undefined ? [] : [["--context-length", String(contextLength)]]),
  ],
  files,
  coldStart: () => ({ container: 20, initialising: 5 }),
};

/** The file of a known model or of `hf:OWNER/REPOSITORY/FILE.gguf`. */
function files({ model, revision }: ModalSettings): ModelFiles {
  let source: ModelFiles | undefined;
  try {
    const hub = knownModel(model).sources.find((one) => one.kind === "hub");
    if (hub !== undefined) source = { ...hub, revision: revision ?? hub.revision };
  } catch (thrown) {
    if (!(thrown instanceof FormworkError)) throw thrown;
    throw invalid("model", `must be a GGUF file with the engine llama. ${thrown.message.replace(/\.$/, "")}`);
  }
  if (source === undefined)
    throw invalid("model", "must be on the hub, which the engine llama downloads it from");
  return source;
}
