/** The functions of ggml that our forward pass uses. Names follow `ggml.h`, without the prefix. */
import koffi from "koffi";
import type { Pointer } from "../abi.js";
import { bind, type NativeLlama } from "../native.js";
import { processorFunction } from "../processor.js";

/** Numbers of `ggml_type`. */
export const F32 = 0;
export const F16 = 1;
export const Q4_1 = 3;
export const I32 = 26;
export const I64 = 27;

const P = "void *";
const contextType = koffi.struct({ mem_size: "size_t", mem_buffer: P, no_alloc: "bool" });

const size = "size_t";
const count = "int64_t";

const FUNCTIONS = {
  init: [P, [contextType]],
  free: ["void", [P]],
  tensor_overhead: [size, []],
  graph_overhead_custom: [size, [size, "bool"]],
  new_tensor_1d: [P, [P, "int", count]],
  new_tensor_2d: [P, [P, "int", count, count]],
  set_input: ["void", [P]],
  set_output: ["void", [P]],
  get_data: [P, [P]],
  get_mem_buffer: [P, [P]],
  get_mem_size: [size, [P]],
  nbytes: [size, [P]],
  row_size: [size, ["int", count]],
  // Operations: the context first, then what they take.
  get_rows: [P, [P, P, P]],
  set_rows: [P, [P, P, P, P]],
  rms_norm: [P, [P, P, "float"]],
  mul: [P, [P, P, P]],
  add: [P, [P, P, P]],
  add_inplace: [P, [P, P, P]],
  mul_mat: [P, [P, P, P]],
  out_prod: [P, [P, P, P]],
  swiglu: [P, [P, P]],
  rope_ext: [P, [P, P, P, P, "int", "int", "int", "float", "float", "float", "float", "float", "float"]],
  soft_max_ext: [P, [P, P, P, "float", "float"]],
  cpy: [P, [P, P, P]],
  cont_2d: [P, [P, P, count, count]],
  cont_3d: [P, [P, P, count, count, count]],
  reshape_2d: [P, [P, P, count, count]],
  reshape_3d: [P, [P, P, count, count, count]],
  reshape_4d: [P, [P, P, count, count, count, count]],
  view_2d: [P, [P, P, count, count, size, size]],
  view_3d: [P, [P, P, count, count, count, size, size, size]],
  view_4d: [P, [P, P, count, count, count, count, size, size, size, size]],
  permute: [P, [P, P, "int", "int", "int", "int"]],
  transpose: [P, [P, P]],
  new_graph_custom: [P, [P, size, "bool"]],
  build_forward_expand: ["void", [P, P]],
  backend_dev_init: [P, [P, "const char *"]],
  backend_dev_buffer_type: [P, [P]],
  backend_free: ["void", [P]],
  backend_alloc_ctx_tensors_from_buft: [P, [P, P]],
  backend_buffer_free: ["void", [P]],
  backend_buffer_get_size: [size, [P]],
  backend_tensor_set: ["void", [P, P, size, size]],
  backend_graph_compute: ["int", [P, P]],
  gallocr_new: [P, [P]],
  gallocr_free: ["void", [P]],
  gallocr_alloc_graph: ["bool", [P, P]],
  gallocr_get_buffer_size: [size, [P, "int"]],
} as const;

/** The functions by name. The pointers they take and return (tensors, contexts, graphs, buffers) are dereferenced by ggml only. */
type Ggml = {
  [name in keyof typeof FUNCTIONS]: (...values: unknown[]) => Pointer;
};

/** The bound functions. `setThreads` belongs to the CPU backend. */
export interface GgmlFunctions extends Ggml {
  setThreads(backend: Pointer, threads: number): void;
}

const setThreadsType = koffi.proto("void", [P, "int"]);
const bound = new WeakMap<NativeLlama, GgmlFunctions>();

/** The functions of these libraries, bound on first use. Throws `model_unavailable` if one is missing. */
export function ggmlFunctions(native: NativeLlama): GgmlFunctions {
  let functions = bound.get(native);
  if (functions === undefined) {
    const made: Record<string, unknown> = {};
    bind(native.ggmlBase, native.build.ggml, FUNCTIONS, made, "ggml_");
    const setThreads = processorFunction(native, "ggml_backend_set_n_threads");
    made.setThreads = (backend: Pointer, threads: number) =>
      koffi.call(setThreads, setThreadsType, backend, threads);
    functions = made as unknown as GgmlFunctions;
    bound.set(native, functions);
  }
  return functions;
}

/**
 * A context with room for the descriptions of `tensors` tensors and, if `nodes` is given, for a graph of that many nodes. The
 * data of the tensors is allocated separately.
 */
export function newContext(ggml: GgmlFunctions, tensors: number, nodes = 0): Pointer {
  const graph = nodes === 0 ? 0 : Number(ggml.graph_overhead_custom(nodes, false));
  const mem_size = tensors * Number(ggml.tensor_overhead()) + graph;
  return ggml.init({ mem_size, mem_buffer: null, no_alloc: true });
}

/** Bytes that are viewed at once; Node aborts at views of eight gigabytes. */
const MAX_VIEW = 2 ** 30;

/**
 * The bytes of each of `tensors`, which lie in one buffer in this order. Many share a view: each costs the garbage collector as if
 * it had memory of its own.
 */
export function viewTensors(ggml: GgmlFunctions, tensors: readonly Pointer[]): Uint8Array[] {
  const places = tensors.map((tensor) => ({
    start: ggml.get_data(tensor) as bigint,
    length: Number(ggml.nbytes(tensor)),
  }));
  const views: Uint8Array[] = [];
  for (let first = 0, next = 0; first < places.length; first = next) {
    const { start } = places[first];
    const endOf = (place: (typeof places)[0]) => Number(place.start - start) + place.length;
    next = first + 1;
    while (next < places.length && endOf(places[next]) <= MAX_VIEW) next++;
    const bytes = koffi.view(start, endOf(places[next - 1]));
    for (const place of places.slice(first, next)) {
      views.push(new Uint8Array(bytes, Number(place.start - start), place.length));
    }
  }
  return views;
}
