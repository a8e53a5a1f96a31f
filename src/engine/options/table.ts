import type { EngineOption } from "./option.js";

/**
 * All options of an engine. `EngineOptions`, the settings of the engine process, the flags of the command line and
 * docs/engine-options.md are derived from this table.
 */
export const ENGINE_OPTIONS = {
  model: {
    kind: "string",
    flag: "--model <name>",
    load: true,
    doc: "Name of a known model (`formwork models list`) or path of a GGUF file; by default the small model that Formwork comes with.",
  },
  engine: {
    kind: "string",
    flag: "--engine <engine>",
    default: "llama",
    doc: "`llama` for this machine, or `vllm=URL`, `sglang=URL`, `llama-server=URL`, `openai=URL`, `formwork=URL`, or just the URL of a Formwork server.",
  },
  engineKey: {
    kind: "string",
    flag: "--engine-key <key>",
    isSecret: true,
    doc: "Bearer key for a remote engine.",
  },
  modalKey: {
    kind: "string",
    flag: "--modal-key <key>",
    isSecret: true,
    doc: "Key of a Modal proxy token, wk-..., for a remote engine behind Modal's proxy.",
  },
  modalSecret: {
    kind: "string",
    flag: "--modal-secret <secret>",
    isSecret: true,
    doc: "Secret of the Modal proxy token, ws-....",
  },
  contextLength: {
    kind: "integer",
    flag: "--context-length <tokens>",
    minimum: 16,
    load: true,
    doc: "Context length of a request, prompt and answer together, in tokens; by default 8192, or that of the model's training if less.",
  },
  maxSequences: {
    kind: "integer",
    flag: "--parallel <count>",
    key: "parallel",
    minimum: 1,
    maximum: 255,
    load: true,
    doc: "Requests decoded concurrently; by default chosen from the model's size and the free memory, at most 16 on a CPU and 64 on a GPU.",
  },
  threads: {
    kind: "integer",
    flag: "--threads <count>",
    minimum: 1,
    maximum: 1024,
    load: true,
    doc: "CPU threads; by default the number of cores, or the container's CPU quota.",
  },
  accelerator: {
    kind: "choice",
    flag: "--accelerator <kind>",
    choices: ["auto", "cuda", "vulkan", "metal", "cpu"],
    default: "auto",
    load: true,
    doc: "Backend that runs the model. `auto` takes the fastest build of llama.cpp that is installed, fits the driver and works; any other kind works or is an error. `formwork doctor` shows what there is.",
  },
  gpuLayers: {
    kind: "integer",
    flag: "--gpu-layers <count>",
    minimum: -1,
    load: true,
    doc: "Layers on the GPU, -1 for all and 0 for none; by default as many as its memory holds.",
  },
  splitMode: {
    kind: "choice",
    flag: "--split-mode <mode>",
    choices: ["none", "layer", "row", "tensor"],
    load: true,
    doc: "How several GPUs divide a model: `layer`, the default, gives each whole layers, `row` the rows of each matrix, `tensor` is tensor parallelism, `none` uses only `--main-gpu`.",
  },
  mainGpu: {
    kind: "integer",
    flag: "--main-gpu <number>",
    minimum: 0,
    load: true,
    doc: "The GPU that is used with `--split-mode none`, counted from 0; 0 by default.",
  },
  tensorSplit: {
    kind: "string",
    flag: "--tensor-split <shares>",
    pattern: /^\d+(\.\d+)?(,\d+(\.\d+)?)*$/,
    form: "numbers separated by commas",
    load: true,
    doc: "Shares of the GPUs, in any unit: `3,1` gives the first GPU three quarters. By default by their free memory.",
  },
  kvType: {
    kind: "choice",
    flag: "--kv-type <type>",
    choices: ["f32", "f16", "q8_0", "q4_0"],
    load: true,
    doc: "KV-cache precision, `f16` by default; `q8_0` takes half of that memory and `q4_0` a quarter, at some loss of accuracy.",
  },
  weights: {
    kind: "choice",
    flag: "--weights <layout>",
    choices: ["auto", "file", "parts"],
    load: true,
    doc: "Layout of the weights on a CPU: `auto`, the default, repacks them if that is faster, `file` uses them as stored, `parts` always repacks. Repacked weights are kept in the cache folder.",
  },
  batchCapacity: {
    kind: "integer",
    flag: "--batch <tokens>",
    key: "batch",
    minimum: 1,
    maximum: 16_384,
    load: true,
    doc: "Tokens per batch; by default 512 to 2048 on a GPU, by its memory, and 56 on a CPU, so that answers do not depend on other requests. On a CPU 256 reads long prompts faster.",
  },
  prefillChunk: {
    kind: "integer",
    minimum: 1,
    load: true,
    doc: "Prompt tokens read in a step in which other requests are decoding; by default 256 on a GPU, and on a CPU by their measured cost.",
  },
  draftTokens: {
    kind: "integer",
    flag: "--draft-tokens <count>",
    minimum: 0,
    maximum: 256,
    load: true,
    doc: "Maximum number of tokens per step with speculative drafts (prompt lookup); by default 32 on a GPU and 0, off, on a CPU. Answers are the same token for token.",
  },
  queueLimit: {
    kind: "integer",
    flag: "--queue-limit <count>",
    only: "serve",
    minimum: 0,
    default: 64,
    load: true,
    doc: "Requests that may wait in the queue. More are rejected with `queue_full`.",
  },
  deadlineMs: {
    kind: "integer",
    minimum: 1,
    default: 600_000,
    doc: "Time limit in milliseconds of a request that sets none itself.",
  },
  idleTimeoutMs: {
    kind: "integer",
    flag: "--idle-timeout <seconds>",
    key: "idleTimeout",
    flagUnit: 1000,
    only: "serve",
    minimum: 0,
    default: 0,
    doc: "Time without a request after which the model is unloaded; 0 keeps it loaded.",
  },
  schemaInPrompt: {
    kind: "boolean",
    flag: "--schema-in-prompt",
    default: true,
    off: "Leave the schema out of the prompt.",
    doc: "Describe the schema to the model in the prompt, unless the request says otherwise.",
  },
  maxWhitespace: {
    kind: "integer",
    minimum: 0,
    default: 0,
    load: true,
    doc: "White space characters allowed in a row in a document. With 0 it is compact and all punctuation is forced.",
  },
  compileMs: {
    kind: "integer",
    minimum: 1,
    default: 20_000,
    load: true,
    doc: "Milliseconds that compiling one schema may take. A last resort: counted work decides first, so that the verdict does not depend on how busy the machine is.",
  },
  grammarCacheEntries: {
    kind: "integer",
    minimum: 1,
    default: 256,
    load: true,
    doc: "Compiled schemas that are kept for later requests.",
  },
  grammarCacheBytes: {
    kind: "integer",
    minimum: 0,
    default: 128 * 1024 * 1024,
    load: true,
    doc: "Memory of the compiled schemas that are kept, in bytes.",
  },
  prefixCache: {
    kind: "boolean",
    default: true,
    load: true,
    doc: "Keep the KV cache of finished prompts for requests that begin alike.",
  },
  forcedBatching: {
    kind: "boolean",
    default: true,
    load: true,
    doc: "Decode forced tokens together. Off for tests and comparisons.",
  },
  validate: {
    kind: "boolean",
    default: true,
    doc: "Check every document with the independent validator before it is returned. Off for benchmarks of the engine alone.",
  },
} as const satisfies Readonly<Record<string, EngineOption>>;

export type OptionName = keyof typeof ENGINE_OPTIONS;

export const OPTION_NAMES = Object.keys(ENGINE_OPTIONS) as OptionName[];

/** The option of that name, without the narrow type of its entry. */
export function engineOption(name: OptionName): EngineOption {
  return ENGINE_OPTIONS[name];
}
