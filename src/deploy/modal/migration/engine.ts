import type { ModalOptions } from "../options/index.js";
import { type Draft, type Inspection, isTexts, isUnknown, shown, type Value } from "./inspection.js";

type Carry = (value: Value) => Partial<ModalOptions> | undefined;

const whole =
  (key: keyof ModalOptions): Carry =>
  (value) =>
    typeof value === "number" ? { [key]: Math.round(value) } : undefined;
const share: Carry = (value) =>
  typeof value === "number" ? { memoryUtilization: Math.round(value * 100) } : undefined;
const text =
  (key: keyof ModalOptions): Carry =>
  (value) =>
    typeof value === "string" ? { [key]: value } : undefined;
const onlyWhereTrue =
  (key: keyof ModalOptions): Carry =>
  (value) =>
    typeof value === "boolean" ? (value ? { [key]: true } : {}) : undefined;
const adapters: Carry = (value) => {
  const list = isTexts(value) ? value : typeof value === "string" ? [value] : undefined;
  return list?.every((one) => /^[\w.-]+=[\w.-]+\/[\w.-]+$/.test(one)) ? { adapters: list } : undefined;
};
const PRECISIONS: Readonly<Record<string, NonNullable<ModalOptions["dtype"]>>> = {
  ...{
    auto: "auto",
    bfloat16: "bfloat16",
    half: "float16",
    float16: "float16",
    float: "float32",
    float32: "float32",
  },
};

/** Options of vLLM and SGLang, in both spellings, with their replacements. */
const CARRIED: Readonly<Record<string, Carry>> = {
  max_model_len: whole("contextLength"),
  context_length: whole("contextLength"),
  max_num_seqs: whole("concurrency"),
  max_running_requests: whole("concurrency"),
  gpu_memory_utilization: share,
  mem_fraction_static: share,
  enforce_eager: (value) => (typeof value === "boolean" ? { eager: value } : undefined),
  disable_cuda_graph: onlyWhereTrue("eager"),
  trust_remote_code: onlyWhereTrue("trustRemoteCode"),
  dtype: (value) =>
    typeof value === "string" && PRECISIONS[value] ? { dtype: PRECISIONS[value] } : undefined,
  quantization: text("quantization"),
  revision: text("revision"),
  lora_modules: adapters,
  lora_paths: adapters,
};

/** Options that the deployment sets itself. */
const DECIDED = new Set([
  ...[
    "model",
    "model_path",
    "served_model_name",
    "host",
    "port",
    "tokenizer",
    "device",
    "api_key",
    "uvicorn_log_level",
  ],
  ...["tensor_parallel_size", "tp_size", "tp", "enable_lora", "enable_sleep_mode", "enable_memory_saver"],
  ...["enable_prompt_tokens_details", "enable_cache_report", "download_dir", "disable_log_requests"],
]);

const EXPLAINED: Readonly<Record<string, string>> = {
  chat_template:
    "copy the file into the image and pass it with --engine-argument --chat-template --engine-argument FILE",
  guided_decoding_backend: "Formwork's plug-in constrains the output (`structuredOutputs`)",
  structured_outputs_config: "Formwork's plug-in constrains the output (`structuredOutputs`)",
  grammar_backend: "Formwork's plug-in constrains the output (`structuredOutputs`)",
};

/** Options of the engine: carried over, decided by the deployment, or named with the way to pass them on. */
export function readEngineOptions(found: Inspection, { options, notes }: Draft<ModalOptions>): void {
  for (const [name, value] of Object.entries(found.engine)) {
    if (DECIDED.has(name)) continue;
    const carried = CARRIED[name]?.(value);
    if (carried !== undefined) Object.assign(options, carried);
    else
      notes.push(`${name}=${shown(value)} is not carried over: ${EXPLAINED[name] ?? passedOn(name, value)}.`);
  }
}

function passedOn(name: string, value: Value): string {
  const flag = `--${name.replaceAll("_", "-")}`;
  if (value === false)
    return `pass it with --engine-argument ${flag.replace("--", "--no-")} if it is still needed`;
  if (value === true) return `pass it with --engine-argument ${flag} if it is still needed`;
  const text = isUnknown(value) ? "VALUE" : typeof value === "string" ? value : JSON.stringify(value);
  const word = /^[\w./:=-]+$/.test(text) ? text : `'${text}'`;
  return `pass it with --engine-argument ${flag} --engine-argument ${word} if it is still needed`;
}
