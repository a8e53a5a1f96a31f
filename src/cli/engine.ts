import type { Engine } from "../engine/index.js";
import { choice, integer, text, toggle, type ValuesOf } from "./config/setting.js";
import { cacheSettings } from "./models.js";
import { modalTokenSettings } from "./remote.js";
import type { Terminal } from "./terminal/terminal.js";

/** Which engine a command uses, and how that is set up. */
export const engineSettings = {
  model: text({
    flag: "--model <name>",
    description: "a known model's name or the path of a GGUF file; `formwork models list`",
  }),
  engine: text({
    flag: "--engine <engine>",
    description:
      "llama (in this machine) or vllm=URL, sglang=URL, llama-server=URL, openai=URL, formwork=URL or its URL alone",
    fallback: "llama",
  }),
  engineKey: text({
    flag: "--engine-key <key>",
    description: "bearer key for a remote engine",
    isSecret: true,
  }),
  ...modalTokenSettings,
  contextLength: integer({
    flag: "--context-length <tokens>",
    description: "tokens that prompt and document may have together",
    minimum: 64,
  }),
  parallel: integer({
    flag: "--parallel <count>",
    description: "requests decoded side by side; chosen from model and memory by default",
    minimum: 1,
    maximum: 255,
  }),
  threads: integer({
    flag: "--threads <count>",
    description: "threads of the model; those of this machine or container by default",
    minimum: 1,
    maximum: 1024,
  }),
  gpuLayers: integer({
    flag: "--gpu-layers <count>",
    description: "layers on the GPU, where a GPU build is installed",
    minimum: 0,
  }),
  kvType: choice({
    flag: "--kv-type <type>",
    description:
      "how what the model has read is stored: f16 by default; q8_0 and q4_0 halve and quarter the memory at some accuracy",
    choices: ["f32", "f16", "q8_0", "q4_0"],
  }),
  weights: choice({
    flag: "--weights <how>",
    description:
      "how weights are computed on a CPU: auto, the default, arranges those it has faster kernels for; file takes them as the file has them; parts arranges them whatever is faster",
    choices: ["auto", "file", "parts"],
  }),
  batch: integer({
    flag: "--batch <tokens>",
    description:
      "tokens in a batch; 56 on a CPU by default, where answers do not depend on who else is served; 256 reads long prompts faster",
    minimum: 1,
    maximum: 4096,
  }),
  ...cacheSettings,
  schemaInPrompt: toggle({
    flag: "--schema-in-prompt",
    description: "tell the model the schema in the prompt",
    fallback: true,
  }),
};

/**
 * The engine that `values` describe; nothing is loaded yet. `log` receives what the engine reports.
 * Throws `wrong_usage` where the values do not fit together.
 */
export async function openEngine(
  values: ValuesOf<typeof engineSettings> & { queueLimit?: number | undefined; idleTimeout?: number },
  log?: (event: string, fields: Record<string, unknown>) => void,
): Promise<Engine> {
  const { createEngine } = await import("../engine/index.js");
  // The engine process looks for models where its environment says.
  if (values.cache !== undefined) process.env["FORMWORK_CACHE"] = values.cache;
  // An address alone is that of another Formwork.
  const isAddress = /^https?:/.test(values.engine);
  return createEngine({
    engine: isAddress ? `formwork=${values.engine}` : values.engine,
    model: values.model,
    engineKey: values.engineKey,
    contextLength: values.contextLength,
    maxSequences: values.parallel,
    threads: values.threads,
    gpuLayers: values.gpuLayers,
    kvType: values.kvType,
    weights: values.weights,
    batchCapacity: values.batch,
    schemaInPrompt: values.schemaInPrompt,
    queueLimit: values.queueLimit,
    idleTimeoutMs: (values.idleTimeout ?? 0) * 1000,
    log,
    remote: { modalKey: values.modalKey, modalSecret: values.modalSecret },
  });
}

const STAGES: Readonly<Record<string, string>> = {
  connect: "waiting for the server",
  download: "fetching the model",
  process: "starting the engine",
  load: "loading the model",
  context: "making room",
  warmup: "warming up",
};

/**
 * Tells on a terminal's stderr what `engine` does until it is ready or `stop` is called. Where stderr is no terminal, one
 * plain line for each stage that takes long.
 */
export async function watchEngine(
  engine: Pick<Engine, "status">,
  terminal: Terminal,
): Promise<{ stop(): void }> {
  if (terminal.stderr.isTTY !== true) return tellLongStages(engine, terminal);
  const { ProgressLine } = await import("./terminal/progress.js");
  const line = new ProgressLine(terminal);
  const timer = setInterval(() => {
    const { state, stage, progress } = engine.status();
    if (state === "loading") line.update(nameOf(stage), progress);
    else line.clear();
  }, 100);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      line.clear();
    },
  };
}

const nameOf = (stage: string | undefined): string => STAGES[stage ?? ""] ?? stage ?? "loading";

const LONG_SECONDS = 10;

function tellLongStages(engine: Pick<Engine, "status">, { stderr }: Terminal): { stop(): void } {
  let last: string | undefined;
  let seconds = 0;
  const timer = setInterval(() => {
    const { state, stage } = engine.status();
    const name = state === "loading" ? nameOf(stage) : undefined;
    seconds = name === last ? seconds + 1 : 0;
    last = name;
    if (name !== undefined && seconds === LONG_SECONDS) stderr.write(`formwork: ${name} ...\n`);
  }, 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
