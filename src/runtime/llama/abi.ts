/**
 * The part of llama.cpp's C interface that the binding uses, for exactly one release of the prebuilt libraries. Structs are passed by
 * value, so a missing or additional field would corrupt memory. Before anything else is called, this description is compared
 * with what the library reports.
 */
import koffi, { type LibraryHandle } from "koffi";
import { FormworkError } from "../../errors.js";

/** The release of the platform packages whose `llama.h` this file describes. */
export const PLATFORM_PACKAGE_VERSION = "3.21.1";
/** Prefix of that release's `llama_version()`. */
const LLAMA_VERSION = "0.4.0";

type Field = readonly [name: string, type: string, expected: number | boolean | null];

// Pointers are passed as addresses and never dereferenced here.
const MODEL_PARAMS: readonly Field[] = [
  ["devices", "void *", null],
  ["tensor_buft_overrides", "void *", null],
  ["n_gpu_layers", "int32_t", -1],
  ["split_mode", "int32_t", 1],
  ["load_mode", "int32_t", -1],
  ["lazy_mode", "int32_t", 1],
  ["main_gpu", "int32_t", 0],
  ["tensor_split", "void *", null],
  ["progress_callback", "void *", null],
  ["progress_callback_user_data", "void *", null],
  ["kv_overrides", "void *", null],
  ["vocab_only", "bool", false],
  ["check_tensors", "bool", false],
  ["use_extra_bufts", "bool", true],
  ["no_host", "bool", false],
  ["no_alloc", "bool", false],
  ["load_mtp", "bool", false],
];

const CONTEXT_PARAMS: readonly Field[] = [
  ["n_ctx", "uint32_t", 512],
  ["n_batch", "uint32_t", 2048],
  ["n_ubatch", "uint32_t", 512],
  ["n_seq_max", "uint32_t", 1],
  ["n_rs_seq", "uint32_t", 0],
  ["n_outputs_max", "uint32_t", 0],
  ["n_outputs_max_per_seq", "uint32_t", 1],
  ["n_threads", "int32_t", 4],
  ["n_threads_batch", "int32_t", 4],
  ["ctx_type", "int32_t", 0],
  ["rope_scaling_type", "int32_t", -1],
  ["pooling_type", "int32_t", -1],
  ["attention_type", "int32_t", -1],
  ["flash_attn_type", "int32_t", -1],
  ["rope_freq_base", "float", 0],
  ["rope_freq_scale", "float", 0],
  ["yarn_ext_factor", "float", -1],
  ["yarn_attn_factor", "float", -1],
  ["yarn_beta_fast", "float", -1],
  ["yarn_beta_slow", "float", -1],
  ["yarn_orig_ctx", "uint32_t", 0],
  ["defrag_thold", "float", -1],
  ["cb_eval", "void *", null],
  ["cb_eval_user_data", "void *", null],
  ["type_k", "int32_t", 1],
  ["type_v", "int32_t", 1],
  ["abort_callback", "void *", null],
  ["abort_callback_data", "void *", null],
  ["embeddings", "bool", false],
  ["offload_kqv", "bool", true],
  ["no_perf", "bool", true],
  ["op_offload", "bool", true],
  ["swa_full", "bool", true],
  ["kv_unified", "bool", false],
  ["samplers", "void *", null],
  ["n_samplers", "size_t", 0],
  ["ctx_other", "void *", null],
];

const BATCH: readonly Field[] = [
  ["n_tokens", "int32_t", 0],
  ["token", "void *", null],
  ["embd", "void *", null],
  ["pos", "void *", null],
  ["n_seq_id", "void *", null],
  ["seq_id", "void *", null],
  ["logits", "void *", null],
];

/** Size of each struct in bytes on 64-bit machines. */
const EXPECTED_SIZES = { model: 80, context: 160, batch: 56 };

function structOf(fields: readonly Field[]) {
  return koffi.struct(Object.fromEntries(fields.map(([name, type]) => [name, type])));
}

export const modelParamsType = structOf(MODEL_PARAMS);
export const contextParamsType = structOf(CONTEXT_PARAMS);
export const batchType = structOf(BATCH);
export const logCallbackType = koffi.proto("void (int level, const char *text, void *user)");
export const progressCallbackType = koffi.proto("bool (float progress, void *user)");

/** A native address; null is the null pointer. */
export type Pointer = bigint | null;

export interface ModelParams {
  /** A null-terminated list; typed arrays are read during the call. */
  devices: Pointer | BigUint64Array;
  tensor_split: Pointer | Float32Array;
  n_gpu_layers: number;
  split_mode: number;
  load_mode: number;
  main_gpu: number;
  progress_callback: Pointer;
  check_tensors: boolean;
  use_extra_bufts: boolean;
  [field: string]: unknown;
}

export interface ContextParams {
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_seq_max: number;
  n_outputs_max: number;
  n_outputs_max_per_seq: number;
  n_threads: number;
  n_threads_batch: number;
  flash_attn_type: number;
  type_k: number;
  type_v: number;
  offload_kqv: boolean;
  no_perf: boolean;
  kv_unified: boolean;
  [field: string]: unknown;
}

export interface NativeBatch {
  n_tokens: number;
  token: Pointer;
  embd: Pointer;
  pos: Pointer;
  n_seq_id: Pointer;
  seq_id: Pointer;
  logits: Pointer;
}

function mismatch(what: string): FormworkError {
  return new FormworkError(
    "model_unavailable",
    `The installed llama.cpp libraries are not the ones this binding is written for (${what}). ` +
      `Install version ${PLATFORM_PACKAGE_VERSION} of the @node-llama-cpp platform package.`,
  );
}

function checkDefaults(name: string, fields: readonly Field[], values: Record<string, unknown>): void {
  for (const [field, , expected] of fields) {
    const value = values[field];
    if (value !== expected) {
      throw mismatch(`${name}.${field} is ${String(value)} by default, ${String(expected)} was expected`);
    }
  }
}

/**
 * Number of bytes that `name` writes when it returns its struct, or -1 if the calling convention hides it. On x64, a large struct is
 * returned through a pointer passed as the first argument, so the function can be called with a marked buffer; bytes that
 * remain unchanged are not part of the struct.
 */
function measureReturnedStruct(library: LibraryHandle, name: string): number {
  if (process.arch !== "x64") return -1;
  const written = (mark: number): number => {
    const buffer = new Uint8Array(1024).fill(mark);
    library.func(name, "void *", ["void *"])(buffer);
    let length = buffer.length;
    while (length > 0 && buffer[length - 1] === mark) length--;
    return length;
  };
  return Math.max(written(0xaa), written(0x55));
}

/** Rejects libraries whose version, struct sizes or defaults differ from this description, naming the difference. */
export function checkAbi(library: LibraryHandle): void {
  const own = {
    model: koffi.sizeof(modelParamsType),
    context: koffi.sizeof(contextParamsType),
    batch: koffi.sizeof(batchType),
  };
  for (const [name, bytes] of Object.entries(EXPECTED_SIZES)) {
    if (own[name as keyof typeof own] !== bytes) {
      throw mismatch(
        `the ${name} struct has ${own[name as keyof typeof own]} bytes on this platform, not ${bytes}`,
      );
    }
  }
  const version = library.func("llama_version", "const char *", [])() as string;
  if (!version.startsWith(LLAMA_VERSION)) throw mismatch(`llama.cpp ${version}, not ${LLAMA_VERSION}`);
  for (const [function_, bytes] of [
    ["llama_model_default_params", EXPECTED_SIZES.model],
    ["llama_context_default_params", EXPECTED_SIZES.context],
  ] as const) {
    const measured = measureReturnedStruct(library, function_);
    // Up to 7 bytes of trailing padding may remain unwritten.
    if (measured !== -1 && (measured > bytes || measured <= bytes - 8)) {
      throw mismatch(`${function_} writes ${measured} bytes, at most ${bytes} were expected`);
    }
  }
  checkDefaults(
    "llama_model_params",
    MODEL_PARAMS,
    library.func("llama_model_default_params", modelParamsType, [])(),
  );
  checkDefaults(
    "llama_context_params",
    CONTEXT_PARAMS,
    library.func("llama_context_default_params", contextParamsType, [])(),
  );
}
