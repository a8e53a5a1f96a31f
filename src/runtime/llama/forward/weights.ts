/** The arranged weights of a model, in the memory that the library's fastest kernels read. */
import { closeSync, openSync, readSync } from "node:fs";
import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import { type GgufTensor, readGgufHeader } from "../../gguf/header.js";
import { type LAYER_MATRICES, SHAPE_KEY } from "../../weights/arrange.js";
import type { ModelShape } from "../../weights/shape.js";
import { BLOCK, blockSums } from "../../weights/twoParts.js";
import type { Pointer } from "../abi.js";
import type { NativeLlama } from "../native.js";
import { arrangingMemory, processorDevice } from "../processor.js";
import { type GgmlFunctions, ggmlFunctions, newContext, Q4_1 } from "./ggml.js";

/**
 * A matrix of `rows` rows and `columns` columns, as tensors: the weights and, if they were split, the terms that are added for
 * each block of the input.
 */
export interface Matrix {
  columns: number;
  rows: number;
  weights: Pointer;
  /** The terms of split weights (`weights/twoParts.ts`); null if they are not split. */
  terms: Pointer;
  /** The matrix of `blockSums`, if there are terms. */
  sums: Pointer;
}

type LayerMatrix = keyof typeof LAYER_MATRICES;

/** The tensors of one layer. */
export type Layer = Record<LayerMatrix, Matrix> & Record<"attn_norm" | "ffn_norm", Pointer>;

export interface ForwardWeights {
  shape: ModelShape;
  embedding: Pointer;
  /** Factors of the rotary embedding's frequencies; null for none. */
  frequencies: Pointer;
  layers: Layer[];
  outputNorm: Pointer;
  head: Matrix;
  bytes: number;
  free(): void;
}

/** The kind of memory in which the library repacks weights for kernels that compute several rows at a time. */
const REPACKED = "CPU_REPACK";

/** Reads the file at `path`, which `weights/arrange.ts` wrote. Throws `model_unavailable` where it is damaged. */
export function readForwardWeights(native: NativeLlama, path: string): ForwardWeights {
  const header = readGgufHeader(path);
  const text = header.scalars.get(SHAPE_KEY);
  if (typeof text !== "string") throw damaged(path, "its shape is missing");
  const shape = JSON.parse(text) as ModelShape;
  const ggml = ggmlFunctions(native);
  const store = new TensorStore(native, ggml, header.tensors);
  try {
    store.fill(path, header.dataOffset);
    return store.weights(shape);
  } catch (error) {
    store.free();
    throw error;
  }
}

function damaged(path: string, reason: string): FormworkError {
  return new FormworkError(
    "model_unavailable",
    `${path} is not a whole file of arranged weights: ${reason}.`,
  );
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

class TensorStore {
  private readonly ggml: GgmlFunctions;
  private readonly contexts: Pointer[] = [];
  private readonly buffers: Pointer[] = [];
  private readonly tensors = new Map<string, Pointer>();
  /** The matrices of `blockSums`, by their columns. */
  private readonly sums = new Map<number, Pointer>();
  private readonly described: readonly GgufTensor[];
  private readonly repacked: ReadonlySet<string>;

  constructor(native: NativeLlama, ggml: GgmlFunctions, described: readonly GgufTensor[]) {
    this.ggml = ggml;
    this.described = described;
    const host = ggml.backend_dev_buffer_type(processorDevice(native));
    const fast = arrangingMemory(native).get(REPACKED) ?? host;
    // Tensors with terms are Q4_0, which the library repacks.
    const ending = ".terms";
    this.repacked = new Set(
      described.flatMap(({ name }) =>
        name.endsWith(ending) ? [`${name.slice(0, -ending.length)}.weight`] : [],
      ),
    );
    this.make(
      fast,
      described.filter((one) => this.repacked.has(one.name)),
    );
    this.make(
      host,
      described.filter((one) => !this.repacked.has(one.name)),
    );
    this.makeSums(host);
  }

  private makeSums(host: Pointer): void {
    const split = this.described.filter(({ name }) => this.repacked.has(name));
    const widths = [...new Set(split.map(({ dimensions }) => dimensions[0]))];
    const made = widths.map((columns) => ({
      ...{ name: `sums.${columns}`, type: Q4_1, offset: 0 },
      dimensions: [columns, columns / BLOCK],
    }));
    this.make(host, made);
    for (const { name, dimensions } of made) {
      const tensor = this.tensors.get(name)!;
      const bytes = blockSums(dimensions[0]);
      this.ggml.backend_tensor_set(tensor, bytes, 0, bytes.length);
      this.sums.set(dimensions[0], tensor);
    }
  }

  private make(memory: Pointer, tensors: readonly GgufTensor[]): void {
    const { ggml } = this;
    const context = newContext(ggml, tensors.length);
    this.contexts.push(context);
    for (const { name, type, dimensions } of tensors) {
      const [columns, rows = 1] = dimensions;
      this.tensors.set(name, ggml.new_tensor_2d(context, type, columns, rows));
    }
    const buffer = ggml.backend_alloc_ctx_tensors_from_buft(context, memory);
    if (buffer === null) throw new FormworkError("model_unavailable", "There is no memory for the weights.");
    this.buffers.push(buffer);
  }

  /** Reads every tensor from the file. */
  fill(path: string, dataOffset: number): void {
    const { ggml } = this;
    const sizes = this.described.map(({ name }) => Number(ggml.nbytes(this.tensors.get(name)!)));
    const passage = new Uint8Array(
      Math.max(...sizes.filter((_, i) => this.repacked.has(this.described[i].name)), 0),
    );
    const file = openSync(path, "r");
    try {
      this.described.forEach(({ name, offset }, i) => {
        const tensor = this.tensors.get(name)!;
        const bytes = sizes[i];
        if (this.repacked.has(name)) {
          // The library repacks a tensor as a whole.
          readInto(passage.subarray(0, bytes), file, dataOffset + offset, path);
          ggml.backend_tensor_set(tensor, passage, 0, bytes);
        } else {
          const memory = new Uint8Array(koffi.view(ggml.get_data(tensor) as bigint, bytes));
          readInto(memory, file, dataOffset + offset, path);
        }
      });
    } finally {
      closeSync(file);
    }
  }

  weights(shape: ModelShape): ForwardWeights {
    const { ggml } = this;
    const tensor = (name: string) => this.tensors.get(name)!;
    const matrix = (name: string, columns: number, rows: number): Matrix => ({
      ...{ columns, rows, weights: tensor(`${name}.weight`) },
      terms: this.tensors.get(`${name}.terms`) ?? null,
      sums: this.sums.get(columns) ?? null,
    });
    const { width, heads, keyHeads, headWidth, feedForward, vocabulary } = shape;
    const layers = Array.from({ length: shape.layers }, (_, l): Layer => {
      const prefix = `blk.${l}.`;
      return {
        attn_norm: tensor(`${prefix}attn_norm.weight`),
        attn_qkv: matrix(`${prefix}attn_qkv`, width, (heads + 2 * keyHeads) * headWidth),
        attn_output: matrix(`${prefix}attn_output`, heads * headWidth, width),
        ffn_norm: tensor(`${prefix}ffn_norm.weight`),
        ffn_gate_up: matrix(`${prefix}ffn_gate_up`, width, 2 * feedForward),
        ffn_down: matrix(`${prefix}ffn_down`, feedForward, width),
      };
    });
    // A model without an output matrix uses its embedding instead.
    const head = matrix(this.tensors.has("output.weight") ? "output" : "token_embd", width, vocabulary);
    return {
      ...{ shape, layers, head },
      embedding: tensor("token_embd.weight"),
      frequencies: this.tensors.get("rope_freqs.weight") ?? null,
      outputNorm: tensor("output_norm.weight"),
      bytes: this.buffers.reduce((sum, buffer) => sum + Number(ggml.backend_buffer_get_size(buffer)), 0),
      free: () => this.free(),
    };
  }

  free(): void {
    for (const buffer of this.buffers) this.ggml.backend_buffer_free(buffer);
    for (const context of this.contexts) this.ggml.free(context);
    this.buffers.length = 0;
    this.contexts.length = 0;
  }
}

function readInto(target: Uint8Array, file: number, from: number, path: string): void {
  for (let filled = 0; filled < target.length; ) {
    const wanted = Math.min(PIECE, target.length - filled);
    const got = readSync(file, target, filled, wanted, from + filled);
    if (got === 0) throw damaged(path, "it is too short");
    filled += got;
  }
}
