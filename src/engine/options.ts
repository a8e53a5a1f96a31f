import { FormworkError } from "../errors.js";
import type { KvType } from "../runtime/index.js";

/** Called for things worth a line in a log: an event's name and its facts. Never with prompts or documents. */
export type EngineLog = (event: string, fields: Record<string, unknown>) => void;

/** How weights are computed on a CPU. */
export type Weights = "auto" | "file" | "parts";

export interface EngineOptions {
  /** `llama` (in this machine, the default) or `vllm=URL`, `sglang=URL`, `llama-server=URL`, `openai=URL`, `formwork=URL`. */
  engine?: string;
  /** Bearer key for a remote engine. */
  engineKey?: string;
  /** A known model's name or the path of a GGUF file. Default: the small model Formwork ships with. */
  model?: string;
  /** Positions that prompt and document of one request may take together. At most what the model was trained on. Default 8192. */
  contextLength?: number;
  /** Requests decoded side by side. Default: by the model's size and free memory, at most 16. */
  maxSequences?: number;
  /** Threads of the model. Default: what the machine or the container grants. */
  threads?: number;
  /** Layers on the GPU, where a GPU build is installed. */
  gpuLayers?: number;
  /** How KV cells are stored. Default `f16`. */
  kvType?: KvType;
  /**
   * `file` computes the weights as the model's file has them. `auto`, the default, arranges those for which this processor
   * has faster kernels: the same weights, kept beside the models in the cache. `parts` arranges them whatever is faster.
   */
  weights?: Weights;
  /** Tokens a batch may hold. Default 56 on a CPU, where answers then do not depend on who else is served; 512 on a GPU. */
  batchCapacity?: number;
  /** Prompt tokens read in a step in which other requests are decoding. Default 32. */
  prefillChunk?: number;
  /** Requests that may wait. Default 64. */
  queueLimit?: number;
  /** Milliseconds a request may take where it does not say itself. Default 600,000. */
  deadlineMs?: number;
  /** Milliseconds without a request after which the model is unloaded. Default 0: never. */
  idleTimeoutMs?: number;
  /** Tell the model the schema in the prompt where a request does not say. Default true. */
  schemaInPrompt?: boolean;
  /** White space characters allowed in a row in a document. Default 0: compact, so that all punctuation is forced. */
  maxWhitespace?: number;
  /** Milliseconds that compiling one schema may take. Default 2000. */
  compileMs?: number;
  /** How many compiled schemas are kept, and how many bytes of schema text. Default 256 and 16 MiB. */
  grammarCache?: { entries?: number; bytes?: number };
  /** Keep the KV cells of finished prompts for requests that begin alike. Default true. */
  prefixCache?: boolean;
  /** Decode forced tokens together. Default true; off is for tests and comparisons. */
  forcedBatching?: boolean;
  /** Draw a second opinion on every document before it is handed out. Default true; off is for benchmarks of the engine alone. */
  validate?: boolean;
  log?: EngineLog;
}

/** Options with every default in place. What only the engine process can know stays undefined until then. */
export interface NormalisedOptions {
  model: string | undefined;
  load: LoadSettings;
  deadlineMs: number;
  idleTimeoutMs: number;
  schemaInPrompt: boolean;
  validate: boolean;
  log: EngineLog;
}

/** What the engine process needs to know; crosses to it as JSON. */
export interface LoadSettings {
  model?: string;
  contextLength?: number;
  maxSequences?: number;
  threads?: number;
  gpuLayers?: number;
  kvType?: KvType;
  weights?: Weights;
  batchCapacity?: number;
  prefillChunk: number;
  queueLimit: number;
  maxWhitespace: number;
  compileMs: number;
  grammarCache: { entries: number; bytes: number };
  prefixCache: boolean;
  forcedBatching: boolean;
}

/** Throws `wrong_usage` by the option's name. */
export function normaliseOptions(options: EngineOptions): NormalisedOptions {
  const { log = () => {} } = options;
  const optional = {
    contextLength: wholeNumber(options, "contextLength", 16),
    maxSequences: wholeNumber(options, "maxSequences", 1, 255),
    threads: wholeNumber(options, "threads", 1, 1024),
    gpuLayers: wholeNumber(options, "gpuLayers", -1),
    batchCapacity: wholeNumber(options, "batchCapacity", 1),
    model: options.model,
    kvType: options.kvType,
    weights: options.weights,
  };
  const load: LoadSettings = {
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<LoadSettings>),
    prefillChunk: wholeNumber(options, "prefillChunk", 1) ?? 32,
    queueLimit: wholeNumber(options, "queueLimit", 0) ?? 64,
    maxWhitespace: wholeNumber(options, "maxWhitespace", 0) ?? 0,
    compileMs: wholeNumber(options, "compileMs", 1) ?? 2000,
    grammarCache: {
      entries: options.grammarCache?.entries ?? 256,
      bytes: options.grammarCache?.bytes ?? 16 * 1024 * 1024,
    },
    prefixCache: options.prefixCache ?? true,
    forcedBatching: options.forcedBatching ?? true,
  };
  return {
    model: options.model,
    load,
    deadlineMs: wholeNumber(options, "deadlineMs", 1) ?? 600_000,
    idleTimeoutMs: wholeNumber(options, "idleTimeoutMs", 0) ?? 0,
    schemaInPrompt: options.schemaInPrompt ?? true,
    validate: options.validate ?? true,
    log,
  };
}

type NumericOption = {
  [Key in keyof EngineOptions]-?: EngineOptions[Key] extends number | undefined ? Key : never;
}[keyof EngineOptions];

function wholeNumber(
  options: EngineOptions,
  name: NumericOption,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  throw new FormworkError("wrong_usage", `${name} must be a whole number, ${range}; it is ${value}.`);
}
