/** The C functions of the binding. Names follow `llama.h`. */
import koffi, { type LibraryHandle } from "koffi";
import { FormworkError } from "../../errors.js";
import type { LibraryBuild, LibraryDevice } from "../builds/build.js";
import { isBackendInFolder } from "../builds/installed.js";
import {
  batchType,
  type ContextParams,
  checkAbi,
  contextParamsType,
  logCallbackType,
  type ModelParams,
  modelParamsType,
  type NativeBatch,
  PLATFORM_PACKAGE_VERSION,
  type Pointer,
} from "./abi.js";

type Signature = readonly [result: string | typeof modelParamsType, parameters: readonly unknown[]];

const pointer = "void *";

const LLAMA_FUNCTIONS = {
  llama_version: ["const char *", []],
  llama_backend_init: ["void", []],
  llama_model_default_params: [modelParamsType, []],
  llama_context_default_params: [contextParamsType, []],
  llama_model_load_from_file: [pointer, ["const char *", modelParamsType]],
  llama_model_free: ["void", [pointer]],
  llama_init_from_model: [pointer, [pointer, contextParamsType]],
  llama_free: ["void", [pointer]],
  llama_n_ctx: ["uint32_t", [pointer]],
  llama_n_batch: ["uint32_t", [pointer]],
  llama_get_memory: [pointer, [pointer]],
  llama_memory_seq_rm: ["bool", [pointer, "int32_t", "int32_t", "int32_t"]],
  llama_memory_seq_cp: ["void", [pointer, "int32_t", "int32_t", "int32_t", "int32_t"]],
  llama_memory_seq_pos_max: ["int32_t", [pointer, "int32_t"]],
  llama_state_seq_get_size: ["size_t", [pointer, "int32_t"]],
  llama_state_seq_get_data: ["size_t", [pointer, pointer, "size_t", "int32_t"]],
  llama_state_seq_set_data: ["size_t", [pointer, pointer, "size_t", "int32_t"]],
  llama_decode: ["int32_t", [pointer, batchType]],
  llama_get_logits: [pointer, [pointer]],
  llama_set_n_threads: ["void", [pointer, "int32_t", "int32_t"]],
  llama_model_get_vocab: [pointer, [pointer]],
  llama_model_n_ctx_train: ["int32_t", [pointer]],
  llama_model_n_embd: ["int32_t", [pointer]],
  llama_model_n_layer: ["int32_t", [pointer]],
  llama_model_n_head: ["int32_t", [pointer]],
  llama_model_n_head_kv: ["int32_t", [pointer]],
  llama_model_n_params: ["uint64_t", [pointer]],
  llama_model_size: ["uint64_t", [pointer]],
  llama_model_has_encoder: ["bool", [pointer]],
  llama_model_has_decoder: ["bool", [pointer]],
  llama_model_is_recurrent: ["bool", [pointer]],
  llama_model_is_hybrid: ["bool", [pointer]],
  llama_model_is_diffusion: ["bool", [pointer]],
  llama_model_chat_template: ["const char *", [pointer, "const char *"]],
  llama_model_meta_val_str: ["int32_t", [pointer, "const char *", pointer, "size_t"]],
  llama_vocab_type: ["int32_t", [pointer]],
  llama_vocab_n_tokens: ["int32_t", [pointer]],
  llama_vocab_get_attr: ["int32_t", [pointer, "int32_t"]],
  llama_vocab_is_eog: ["bool", [pointer, "int32_t"]],
  llama_vocab_bos: ["int32_t", [pointer]],
  llama_vocab_eos: ["int32_t", [pointer]],
  llama_vocab_eot: ["int32_t", [pointer]],
  llama_vocab_get_add_bos: ["bool", [pointer]],
  llama_token_to_piece: ["int32_t", [pointer, "int32_t", pointer, "int32_t", "int32_t", "bool"]],
  llama_tokenize: ["int32_t", [pointer, pointer, "int32_t", pointer, "int32_t", "bool", "bool"]],
  llama_log_set: ["void", [pointer, pointer]],
  llama_max_devices: ["size_t", []],
} as const satisfies Record<string, Signature>;

const GGML_FUNCTIONS = {
  ggml_backend_load_all_from_path: ["void", ["const char *"]],
  ggml_backend_load: [pointer, ["const char *"]],
  ggml_backend_dev_count: ["size_t", []],
  ggml_backend_dev_get: [pointer, ["size_t"]],
  ggml_backend_reg_by_name: [pointer, ["const char *"]],
} as const satisfies Record<string, Signature>;

const GGML_BASE_FUNCTIONS = {
  ggml_backend_dev_name: ["const char *", [pointer]],
  ggml_backend_dev_description: ["const char *", [pointer]],
  ggml_backend_dev_type: ["int32_t", [pointer]],
  ggml_backend_dev_memory: ["void", [pointer, pointer, pointer]],
  ggml_backend_reg_get_proc_address: [pointer, [pointer, "const char *"]],
  ggml_backend_reg_dev_get: [pointer, [pointer, "size_t"]],
  ggml_backend_buft_name: ["const char *", [pointer]],
} as const satisfies Record<string, Signature>;

/** The bound functions, with their TypeScript types. Tokens, positions and sequences are 32-bit integers. */
export interface LlamaFunctions {
  llama_version(): string;
  llama_backend_init(): void;
  llama_model_default_params(): ModelParams;
  llama_context_default_params(): ContextParams;
  llama_model_load_from_file(path: string, params: ModelParams): Pointer;
  llama_model_free(model: Pointer): void;
  llama_init_from_model(model: Pointer, params: ContextParams): Pointer;
  llama_free(context: Pointer): void;
  llama_n_ctx(context: Pointer): number;
  llama_n_batch(context: Pointer): number;
  llama_get_memory(context: Pointer): Pointer;
  llama_memory_seq_rm(memory: Pointer, sequence: number, from: number, to: number): boolean;
  llama_memory_seq_cp(memory: Pointer, source: number, target: number, from: number, to: number): void;
  llama_memory_seq_pos_max(memory: Pointer, sequence: number): number;
  llama_state_seq_get_size(context: Pointer, sequence: number): number;
  llama_state_seq_get_data(context: Pointer, target: Pointer, bytes: number, sequence: number): number;
  llama_state_seq_set_data(context: Pointer, source: Pointer, bytes: number, sequence: number): number;
  llama_decode(context: Pointer, batch: NativeBatch): number;
  llama_get_logits(context: Pointer): Pointer;
  llama_set_n_threads(context: Pointer, decode: number, batch: number): void;
  llama_model_get_vocab(model: Pointer): Pointer;
  llama_model_n_ctx_train(model: Pointer): number;
  llama_model_n_embd(model: Pointer): number;
  llama_model_n_layer(model: Pointer): number;
  llama_model_n_head(model: Pointer): number;
  llama_model_n_head_kv(model: Pointer): number;
  llama_model_n_params(model: Pointer): number | bigint;
  llama_model_size(model: Pointer): number | bigint;
  llama_model_has_encoder(model: Pointer): boolean;
  llama_model_has_decoder(model: Pointer): boolean;
  llama_model_is_recurrent(model: Pointer): boolean;
  llama_model_is_hybrid(model: Pointer): boolean;
  llama_model_is_diffusion(model: Pointer): boolean;
  llama_model_chat_template(model: Pointer, name: string | null): string | null;
  llama_model_meta_val_str(model: Pointer, key: string, buffer: Uint8Array, size: number): number;
  llama_vocab_type(vocabulary: Pointer): number;
  llama_vocab_n_tokens(vocabulary: Pointer): number;
  llama_vocab_get_attr(vocabulary: Pointer, token: number): number;
  llama_vocab_is_eog(vocabulary: Pointer, token: number): boolean;
  llama_vocab_bos(vocabulary: Pointer): number;
  llama_vocab_eos(vocabulary: Pointer): number;
  llama_vocab_eot(vocabulary: Pointer): number;
  llama_vocab_get_add_bos(vocabulary: Pointer): boolean;
  llama_token_to_piece(
    vocabulary: Pointer,
    token: number,
    buffer: Uint8Array,
    length: number,
    strip: number,
    special: boolean,
  ): number;
  llama_tokenize(
    vocabulary: Pointer,
    text: Uint8Array,
    bytes: number,
    tokens: Int32Array,
    capacity: number,
    addSpecial: boolean,
    parseSpecial: boolean,
  ): number;
  llama_log_set(callback: Pointer, user: Pointer): void;
  llama_max_devices(): number;
  ggml_backend_load_all_from_path(folder: string): void;
  ggml_backend_load(file: string): Pointer;
  ggml_backend_dev_count(): number;
  ggml_backend_dev_get(index: number): Pointer;
  ggml_backend_reg_by_name(name: string): Pointer;
  ggml_backend_reg_get_proc_address(registry: Pointer, name: string): Pointer;
  ggml_backend_reg_dev_get(registry: Pointer, index: number): Pointer;
  ggml_backend_buft_name(bufferType: Pointer): string;
  ggml_backend_dev_name(device: Pointer): string;
  ggml_backend_dev_description(device: Pointer): string;
  ggml_backend_dev_type(device: Pointer): number;
  ggml_backend_dev_memory(device: Pointer, free: BigUint64Array, total: BigUint64Array): void;
}

/** The loaded libraries: their functions and their log. */
export interface NativeLlama {
  readonly build: LibraryBuild;
  readonly call: LlamaFunctions;
  /** The library of tensor operations that the others are made with. */
  readonly ggmlBase: LibraryHandle;
  /** The GPUs that the build's backend has found; empty where it has none, and for a build without one. */
  readonly gpus: readonly LibraryDevice[];
  /** Runs `work`; returns its result and the library's log during that time, from warning level. */
  listening<T>(work: () => T): { result: T; messages: string[] };
  /** Runs a long call in a separate thread, without its log. */
  aside(
    ...call:
      | ["llama_model_load_from_file", path: string, params: ModelParams]
      | ["llama_init_from_model", model: Pointer, params: ContextParams]
  ): Promise<Pointer>;
}

/** Puts each of `functions` of `library` into `into`, by its name without `prefix`. Throws `model_unavailable` where one is missing. */
export function bind(
  library: LibraryHandle,
  file: string,
  functions: Record<string, Signature>,
  into: Record<string, unknown>,
  prefix = "",
): void {
  for (const [name, [result, parameters]] of Object.entries(functions)) {
    try {
      into[name] = library.func(prefix + name, result, parameters as never);
    } catch (cause) {
      throw new FormworkError(
        "model_unavailable",
        `${file} has no function ${prefix}${name}: it is not the llama.cpp this binding is written for. ` +
          `Install version ${PLATFORM_PACKAGE_VERSION} of the @node-llama-cpp platform package.`,
        { cause },
      );
    }
  }
}

function open(file: string): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormworkError(
      "model_unavailable",
      `The llama.cpp library ${file} could not be loaded: ${reason}`,
      {
        cause,
      },
    );
  }
}

/** `ggml_backend_dev_type` */
const PROCESSOR = 0;
const GPU = 1;
const INTEGRATED_GPU = 2;

function devicesOf(call: LlamaFunctions): { processors: number; gpus: LibraryDevice[] } {
  const gpus: LibraryDevice[] = [];
  let processors = 0;
  for (let i = 0; i < call.ggml_backend_dev_count(); i++) {
    const device = call.ggml_backend_dev_get(i);
    const type = call.ggml_backend_dev_type(device);
    if (type === PROCESSOR) processors++;
    if (type !== GPU && type !== INTEGRATED_GPU) continue;
    const free = new BigUint64Array(1);
    const total = new BigUint64Array(1);
    call.ggml_backend_dev_memory(device, free, total);
    gpus.push({
      name: call.ggml_backend_dev_name(device),
      description: call.ggml_backend_dev_description(device),
      isIntegrated: type === INTEGRATED_GPU,
      freeBytes: Number(free[0]),
      totalBytes: Number(total[0]),
    });
  }
  return { processors, gpus };
}

/** Default destination of the library's log: nowhere, or the process's stderr. */
export type LibraryLog = "silent" | "stderr";

const WARNING = 3;
const CONTINUED = 5;

/** Loads and checks the libraries of one build. Throws `model_unavailable`, naming anything unexpected. */
function loadNative(build: LibraryBuild, libraryLog: LibraryLog): NativeLlama {
  // If the library aborts, its message should be the last output of the process, not a debugger's.
  process.env.GGML_NO_BACKTRACE ??= "1";
  const llama = open(build.llama);
  const ggml = open(build.ggml);
  const bound: Record<string, unknown> = {};
  bind(llama, build.llama, LLAMA_FUNCTIONS, bound);
  checkAbi(llama);
  bind(ggml, build.ggml, GGML_FUNCTIONS, bound);
  // ggml exports the functions of ggml-base through its dependency; the lookup follows it except on Windows.
  const ggmlBase = open(build.ggml.replace(/ggml(\.[\w.]+)?(\.\w+)$/, "ggml-base$2"));
  bind(ggmlBase, build.ggml, GGML_BASE_FUNCTIONS, bound);
  const call = bound as unknown as LlamaFunctions;

  // Without a callback, the library writes to stderr, so silence requires a native function: any that takes no arguments and returns a
  // constant will do, because callers clean up their own arguments.
  const unheard = libraryLog === "silent" ? (llama.symbol("llama_max_devices") as bigint) : null;
  call.llama_log_set(unheard, null);
  let messages: string[] = [];
  let lastLevel = 0;
  const listener = (level: number, text: string): void => {
    if (level !== CONTINUED) lastLevel = level;
    if (lastLevel < WARNING) return;
    if (level === CONTINUED && messages.length > 0) messages[messages.length - 1] += text;
    else messages.push(text);
  };
  const listening = <T>(work: () => T): { result: T; messages: string[] } => {
    messages = [];
    const callback = koffi.register(listener, koffi.pointer(logCallbackType));
    call.llama_log_set(callback, null);
    try {
      const result = work();
      return {
        result,
        messages: messages.map((message) => message.trim()).filter((message) => message !== ""),
      };
    } finally {
      call.llama_log_set(unheard, null);
      koffi.unregister(callback);
    }
  };

  const aside: NativeLlama["aside"] = (name, ...given) =>
    new Promise((resolve, reject) => {
      const long = bound[name] as ReturnType<LibraryHandle["func"]>;
      long.async(...given, (error: Error | null, made: Pointer) => (error ? reject(error) : resolve(made)));
    });

  // The library does not report why a backend cannot be loaded; the system's linker does.
  if (build.backend !== null) open(build.backend);
  call.ggml_backend_load_all_from_path(build.folder);
  if (build.backend !== null && !isBackendInFolder(build) && call.ggml_backend_load(build.backend) === null) {
    throw new FormworkError("model_unavailable", `llama.cpp does not take the backend ${build.backend}.`);
  }
  call.llama_backend_init();
  const devices = devicesOf(call);
  if (devices.processors === 0) {
    throw new FormworkError(
      "model_unavailable",
      `No llama.cpp CPU backend in ${build.folder} fits this processor.`,
    );
  }
  return { build, call, ggmlBase, gpus: build.backend === null ? [] : devices.gpus, listening, aside };
}

const loaded = new Map<string, NativeLlama>();

/** The libraries of `build`; loaded once, since a process cannot load two copies. */
export function nativeLlama(build: LibraryBuild, libraryLog: LibraryLog = "silent"): NativeLlama {
  const key = [build.llama, build.folder, build.backend].join("\n");
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const native = loadNative(build, libraryLog);
  loaded.set(key, native);
  return native;
}
