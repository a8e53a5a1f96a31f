import type { ModalSettings } from "../settings.js";

/** Address of the engine inside a container. Only Formwork in the same container may call it. */
export const ENGINE_PORT = 8100;

/** Mount points of the volumes in a container. */
export const MODELS_PATH = "/cache/models";
export const COMPILED_PATH = "/cache/compiled";

/** Formwork's folder in the image. */
export const FORMWORK_PATH = "/opt/formwork";

/** The files of a model in a repository on the hub. */
export interface ModelFiles {
  repository: string;
  revision: string | undefined;
  /** The file to load, or the first part of a split model. Undefined: all files that the engine reads. */
  file: string | undefined;
}

/** Seconds of a cold start, by stage. */
export type ColdStart = Readonly<Record<string, number>>;

/** The differences between engines in a deployment. */
export interface EngineProfile {
  title: string;
  /** The image's base. */
  base: string;
  /** Packages of the operating system. */
  systemPackages: readonly string[];
  /** Additional npm packages, in a layer before Formwork. */
  nodePackages: readonly string[];
  environment(settings: ModalSettings): Readonly<Record<string, string>>;
  /** The words before the model on the engine's command line; undefined for the embedded engine. */
  start: readonly string[] | undefined;
  /** The rest of that command line, or of `formwork serve`; one list per option. */
  commandLine(settings: ModalSettings): string[][];
  files(settings: ModalSettings): ModelFiles;
  /** Time of a start without a snapshot, except reading the weights. */
  coldStart(settings: ModalSettings): ColdStart;
}

/** Environment variables that make the hub's library store weights in their volume. */
export const HUB_ENVIRONMENT = {
  // The layout of a volume mounted at ~/.cache/huggingface, so that weights of older apps are found.
  HF_HUB_CACHE: `${MODELS_PATH}/hub`,
  HF_XET_HIGH_PERFORMANCE: "1",
  TORCH_CPP_LOG_LEVEL: "FATAL",
};

/** CUDA of the torch in the locks; `devel` because vLLM and SGLang compile kernels at run time. */
export const CUDA_DEVEL = "nvidia/cuda:13.0.2-devel-ubuntu22.04";

/** Makes vLLM and SGLang find the plug-in in all their processes. */
export const PLUGIN_ENVIRONMENT = {
  PYTHONPATH: `${FORMWORK_PATH}/node_modules/formwork/python`,
  FORMWORK_PLUGIN_NODE: "/usr/local/bin/node",
};

/** Options with the same name in vLLM and SGLang. */
export function sharedArguments(settings: ModalSettings): string[][] {
  const gpuCount = settings.gpus[0]!.count;
  const { dtype, quantization, trustRemoteCode } = settings;
  return [
    ["--host", "127.0.0.1"],
    ["--port", String(ENGINE_PORT)],
    ...(gpuCount === 1 ? [] : [["--tensor-parallel-size", String(gpuCount)]]),
    ...(dtype === undefined ? [] : [["--dtype", dtype]]),
    ...(quantization === undefined ? [] : [["--quantization", quantization]]),
    ...(trustRemoteCode ? [["--trust-remote-code"]] : []),
  ];
}

/** The option `word`, followed by `NAME=REPOSITORY` of each adapter. */
export function adapterArguments({ adapters }: ModalSettings, word: string): string[][] {
  if (adapters.length === 0) return [];
  return [["--enable-lora"], [word, ...adapters.map(({ name, repository }) => `${name}=${repository}`)]];
}

/** A whole repository of the hub. */
export function wholeRepository({ model, revision }: ModalSettings): ModelFiles {
  return { repository: model, revision, file: undefined };
}

/**
 * From one measured start of a 32B model under vLLM: 423 s, of which weights 43, initialising 45, compiling 156, capturing
 * graphs 46, and 133 for the container, the image and Python's imports.
 */
export function compilingColdStart({ eager }: ModalSettings): ColdStart {
  return { container: 133, initialising: 45, ...(eager ? {} : { compiling: 156, graphs: 46 }) };
}
