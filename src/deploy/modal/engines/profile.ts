import type { ModalSettings } from "../settings.js";

/** Inside a container: where the engine listens. Only Formwork, beside it, may call it. */
export const ENGINE_PORT = 8100;

/** Where the volumes lie in a container. */
export const MODELS_PATH = "/cache/models";
export const COMPILED_PATH = "/cache/compiled";

/** Where Formwork lies in the image. */
export const FORMWORK_PATH = "/opt/formwork";

/** Which files of a repository on the hub make up a model. */
export interface ModelFiles {
  repository: string;
  revision: string | undefined;
  /** The one file to load, where it is one; several parts count as their first. Undefined: all that the engine reads. */
  file: string | undefined;
}

/** Seconds of a cold start, by stage. */
export type ColdStart = Readonly<Record<string, number>>;

/** What differs between the engines in a deployment. */
export interface EngineProfile {
  title: string;
  /** The image's base. */
  base: string;
  /** Packages of the operating system. */
  systemPackages: readonly string[];
  /** Packages of npm beside Formwork, in a layer before it. */
  nodePackages: readonly string[];
  environment(settings: ModalSettings): Readonly<Record<string, string>>;
  /** The words before the model on the engine's command line; undefined where Formwork's own engine serves. */
  start: readonly string[] | undefined;
  /** The rest of that command line, or of `formwork serve`'s; one list an option. */
  commandLine(settings: ModalSettings): string[][];
  files(settings: ModalSettings): ModelFiles;
  /** What a start without a snapshot takes, beyond reading the weights. */
  coldStart(settings: ModalSettings): ColdStart;
}

/** The environment in which the hub's library keeps weights in their volume. */
export const HUB_ENVIRONMENT = {
  // As in a volume that was mounted at ~/.cache/huggingface, so that older apps' weights are found.
  HF_HUB_CACHE: `${MODELS_PATH}/hub`,
  HF_XET_HIGH_PERFORMANCE: "1",
  TORCH_CPP_LOG_LEVEL: "FATAL",
};

/** CUDA of the torch in the locks; `devel` because vLLM and SGLang compile kernels at run time. */
export const CUDA_DEVEL = "nvidia/cuda:13.0.2-devel-ubuntu22.04";

/** Has vLLM and SGLang find the plug-in, in every process of theirs. */
export const PLUGIN_ENVIRONMENT = {
  PYTHONPATH: `${FORMWORK_PATH}/node_modules/formwork/python`,
  FORMWORK_PLUGIN_NODE: "/usr/local/bin/node",
};

/** Options that vLLM and SGLang spell alike. */
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

/** `NAME=REPOSITORY` of each adapter, behind the option that `word` names. */
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
