/** The kind of a deployment option's value. */
export type OptionKind =
  /** Non-empty text. */
  | { readonly kind: "text" }
  /** A valid name of an app or a volume on Modal. */
  | { readonly kind: "name" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "whole"; readonly minimum: number; readonly maximum: number }
  | { readonly kind: "flag" }
  /** One text or several. */
  | { readonly kind: "texts" }
  /** Words of a command line. */
  | { readonly kind: "words" }
  | { readonly kind: "region" }
  | { readonly kind: "regions" }
  /** Names of Modal secrets, with the keys each must hold: `{"huggingface": ["HF_TOKEN"]}`, or a list of names. */
  | { readonly kind: "secrets" };

/** One option of a deployment. */
export type ModalOption = OptionKind & {
  /** In commander's syntax. */
  readonly flag: string;
  /** A sentence without its full stop, for `--help` and docs/modal-options.md. */
  readonly doc: string;
  /** The default for docs/modal-options.md: a value, or a description if it depends on others. */
  readonly default?: string;
};

/**
 * All options of a deployment, by key in `modal` of `formwork.config.json`. Types, checks, flags, environment variables and
 * docs/modal-options.md are derived from this table. Times are in seconds.
 */
export const MODAL_OPTIONS = {
  app: { kind: "name", flag: "--app <name>", doc: "the app's name on Modal", default: "formwork" },
  environment: {
    kind: "text",
    flag: "--environment <name>",
    doc: "Modal's environment (`dev`, `main`, ...)",
    default: "the workspace's own",
  },
  model: {
    kind: "text",
    flag: "--model <repository>",
    doc: "a repository on the model hub; with the engine `llama` a known model, or hf:OWNER/REPOSITORY/FILE.gguf",
    default: "Qwen/Qwen3-4B-Instruct-2507, or qwen3-4b-q4_k_m with `llama`",
  },
  revision: { kind: "text", flag: "--revision <name>", doc: "branch, tag or commit of the model" },
  engine: {
    kind: "choice",
    choices: ["vllm", "sglang", "llama"],
    flag: "--engine <name>",
    doc: "what runs the model: vLLM, SGLang, or Formwork's own engine on a GGUF file (`llama`), which needs no compilation",
    default: "vllm",
  },
  structuredOutputs: {
    kind: "choice",
    choices: ["formwork", "engine"],
    flag: "--structured-outputs <by>",
    doc: "constraint backend of vLLM or SGLang: Formwork's plug-in, or the engine's own, with Formwork validating and retrying",
    default: "formwork",
  },
  gpu: {
    kind: "texts",
    flag: "--gpu <name>",
    doc: "one GPU, or several in order of preference; `H100:2` asks for two, and alternatives must then ask for as many",
    default: "L40S",
  },
  gpuUnchecked: {
    kind: "flag",
    flag: "--gpu-unchecked",
    doc: "accept GPU names that this version does not know",
    default: "off",
  },
  mode: {
    kind: "choice",
    choices: ["dev", "prod", "demo"],
    flag: "--mode <name>",
    doc: "preset; idle containers stop after 120 s (`dev`, which also sets `--eager`), 300 s (`prod`) or 600 s (`demo`)",
    default: "dev",
  },
  scaledownWindow: {
    kind: "whole",
    minimum: 2,
    maximum: 3600,
    flag: "--scaledown <seconds>",
    doc: "idle time before a container stops; overrides that of the mode",
  },
  eager: {
    kind: "flag",
    flag: "--eager",
    doc: "no compilation and no graph capture: starts sooner, answers slower",
    default: "only in `dev`",
  },
  snapshot: {
    kind: "flag",
    flag: "--snapshot",
    doc: "start containers from a memory snapshot that holds the engine",
    default: "off",
  },
  minContainers: {
    kind: "whole",
    minimum: 0,
    maximum: 1000,
    flag: "--min <count>",
    doc: "minimum number of containers",
    default: "0",
  },
  maxContainers: {
    kind: "whole",
    minimum: 1,
    maximum: 1000,
    flag: "--max <count>",
    doc: "maximum number of containers",
    default: "1 in `dev`, 10 otherwise",
  },
  bufferContainers: {
    kind: "whole",
    minimum: 0,
    maximum: 1000,
    flag: "--buffer <count>",
    doc: "spare idle containers under load",
    default: "0",
  },
  concurrency: {
    kind: "whole",
    minimum: 1,
    maximum: 1000,
    flag: "--concurrency <count>",
    doc: "concurrent requests per container",
    default: "32, or 16 with `llama`",
  },
  targetConcurrency: {
    kind: "whole",
    minimum: 1,
    maximum: 1000,
    flag: "--target-concurrency <count>",
    doc: "requests per container at which Modal starts another",
    default: "three quarters of `concurrency`",
  },
  maxConcurrency: {
    kind: "whole",
    minimum: 1,
    maximum: 10_000,
    flag: "--max-concurrency <count>",
    doc: "requests per container beyond which Modal answers 429 (modal 1.6 or newer)",
    default: "twice `concurrency`",
  },
  contextLength: {
    kind: "whole",
    minimum: 256,
    maximum: 10_000_000,
    flag: "--context <tokens>",
    doc: "tokens of prompt and answer together",
    default: "the model's own",
  },
  memoryUtilization: {
    kind: "whole",
    minimum: 10,
    maximum: 99,
    flag: "--memory-utilization <percent>",
    doc: "share of the GPU's memory that vLLM or SGLang takes",
    default: "the engine's own",
  },
  dtype: {
    kind: "choice",
    choices: ["auto", "bfloat16", "float16", "float32"],
    flag: "--dtype <type>",
    doc: "precision of weights and activations in vLLM or SGLang",
    default: "the model's own",
  },
  quantization: {
    kind: "text",
    flag: "--quantization <method>",
    doc: "quantisation method of vLLM or SGLang (`awq`, `gptq`, `fp8`, ...)",
    default: "what the model says",
  },
  trustRemoteCode: {
    kind: "flag",
    flag: "--trust-remote-code",
    doc: "let vLLM or SGLang run code that comes with the model",
    default: "off",
  },
  adapters: {
    kind: "texts",
    flag: "--adapter <name=repository>",
    doc: "a LoRA adapter that vLLM or SGLang serves under a separate name; may be repeated",
  },
  engineArguments: {
    kind: "words",
    flag: "--engine-argument <word>",
    doc: "passed to the engine's command line as it is; may be repeated",
  },
  cpu: {
    kind: "whole",
    minimum: 1,
    maximum: 64,
    flag: "--cpu <cores>",
    doc: "processor cores of a container",
    default: "Modal's",
  },
  memory: {
    kind: "whole",
    minimum: 128,
    maximum: 344_064,
    flag: "--memory <MiB>",
    doc: "memory of a container",
    default: "Modal's",
  },
  ephemeralDisk: {
    kind: "whole",
    minimum: 524_288,
    maximum: 3_145_728,
    flag: "--ephemeral-disk <MiB>",
    doc: "disk of a container",
    default: "Modal's",
  },
  downloadCpu: {
    kind: "whole",
    minimum: 1,
    maximum: 64,
    flag: "--download-cpu <cores>",
    doc: "cores of the function that fetches the weights",
    default: "4",
  },
  downloadMemory: {
    kind: "whole",
    minimum: 512,
    maximum: 344_064,
    flag: "--download-memory <MiB>",
    doc: "memory of the download function",
    default: "8192",
  },
  downloadTimeout: {
    kind: "whole",
    minimum: 60,
    maximum: 86_400,
    flag: "--download-timeout <seconds>",
    doc: "time that fetching the weights may take",
    default: "21600",
  },
  requestTimeout: {
    kind: "whole",
    minimum: 1,
    maximum: 86_400,
    flag: "--request-timeout <seconds>",
    doc: "time that one request may take",
    default: "600",
  },
  probeSeconds: {
    kind: "whole",
    minimum: 5,
    maximum: 3600,
    flag: "--probe <seconds>",
    doc: "time without an answer after which the engine is probed with a small inference",
    default: "60",
  },
  startupTimeout: {
    kind: "whole",
    minimum: 60,
    maximum: 86_400,
    flag: "--startup-timeout <seconds>",
    doc: "maximum startup time of a container",
    default: "1800",
  },
  exitGracePeriod: {
    kind: "whole",
    minimum: 0,
    maximum: 3600,
    flag: "--exit-grace <seconds>",
    doc: "grace period for requests in flight when a container stops; Modal's own limit is 15 s longer",
    default: "30",
  },
  region: {
    kind: "region",
    flag: "--region <name>",
    doc: "where requests enter Modal: us-east, eu-west, ...",
    default: "us-east",
  },
  computeRegion: {
    kind: "regions",
    flag: "--compute-region <name>",
    doc: "where containers may run; costs more",
    default: "anywhere",
  },
  keepWarm: {
    kind: "text",
    flag: "--keep-warm <times>",
    doc: 'keep `--min` containers, at least one, at these times only: "Mon-Fri 08:00-18:00"',
    default: "never",
  },
  timeZone: {
    kind: "text",
    flag: "--time-zone <name>",
    doc: "time zone of `--keep-warm`, for example Europe/Berlin",
    default: "UTC",
  },
  secrets: {
    kind: "secrets",
    flag: "--secret <name>",
    doc: "a Modal secret that containers get; NAME:KEY+KEY also checks that the keys exist",
  },
  "volumes.models": {
    kind: "name",
    flag: "--models-volume <name>",
    doc: "the volume that holds weights",
    default: "formwork-models",
  },
  "volumes.compiled": {
    kind: "name",
    flag: "--compiled-volume <name>",
    doc: "the volume that holds compiled kernels",
    default: "formwork-compiled",
  },
  unauthenticated: {
    kind: "flag",
    flag: "--unauthenticated",
    doc: "let anybody call the service without proxy credentials",
    default: "off",
  },
  publicHealth: {
    kind: "flag",
    flag: "--public-health",
    doc: "let anybody read /health",
    default: "off",
  },
  file: {
    kind: "text",
    flag: "--file <path>",
    doc: "the app file, relative to the project",
    default: "modal_app.py",
  },
  package: {
    kind: "text",
    flag: "--package <version>",
    doc: "the Formwork in the image: `local` packs this one, anything else is a version on npm",
    default: "local",
  },
} as const satisfies Record<string, ModalOption>;

type Table = typeof MODAL_OPTIONS;
export type OptionName = keyof Table;
export const OPTION_NAMES = Object.keys(MODAL_OPTIONS) as OptionName[];

/** An option by name, without the narrow type of its entry. */
export function modalOption(name: OptionName): ModalOption {
  return MODAL_OPTIONS[name];
}

type ValueOf<Option> = Option extends { kind: "choice"; choices: readonly (infer Word)[] }
  ? Word
  : Option extends { kind: "whole" }
    ? number
    : Option extends { kind: "flag" }
      ? boolean
      : Option extends { kind: "texts" | "regions" }
        ? string | string[]
        : Option extends { kind: "words" }
          ? string[]
          : Option extends { kind: "secrets" }
            ? string[] | Record<string, string[]>
            : string;

/** The names without those of volumes, which are nested. */
type PlainName = Exclude<OptionName, `volumes.${string}`>;

/** The key `modal` of `formwork.config.json`; all members are optional. */
export type ModalOptions = { -readonly [Name in PlainName]?: ValueOf<Table[Name]> } & {
  volumes?: { models?: string; compiled?: string };
};
export type DeployEngine = ValueOf<Table["engine"]>;
export type DeployMode = ValueOf<Table["mode"]>;
