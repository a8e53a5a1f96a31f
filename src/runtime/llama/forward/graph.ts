/**
 * One forward pass of a Llama model as a graph of ggml operations (https://arxiv.org/abs/2302.13971, section 2.2), as
 * llama.cpp makes it, but for three things: matrices that share an input are one; the second part of the weights
 * (`weights/twoParts.ts`) is added with one product for each of them, not as an adapter with three more operations; and a
 * graph is made once for each combination of sizes, not for each batch.
 *
 * Every operation computes a token's row alike whatever other rows there are, so logits do not depend on the batch.
 */
import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import type { Pointer } from "../abi.js";
import { F16, type GgmlFunctions, I32, I64, newContext } from "./ggml.js";
import type { ForwardWeights, Layer, Matrix } from "./weights.js";

/** Sizes of a batch: tokens, those of them that ask for logits, and cells that attention looks at. */
export interface GraphSizes {
  tokens: number;
  rows: number;
  cells: number;
}

/** Keys and values of one layer: a row for each cell, the heads one after the other. */
export interface LayerCells {
  keys: Pointer;
  values: Pointer;
  /** Bytes of a row. */
  rowBytes: number;
  /** Bytes of one head in a row. */
  headBytes: number;
}

/** A graph with its inputs, which the graph's own computation may overwrite: they are to be filled before each run. */
export interface ForwardGraph {
  graph: Pointer;
  tokens: Int32Array;
  positions: Int32Array;
  /** The cell in which each token's keys and values are put. */
  places: BigInt64Array;
  /** For each token a row of `cells` half-precision numbers: 0 where it sees a cell, else minus infinity. */
  mask: Uint16Array;
  /** The tokens that ask for logits, by their numbers in the batch. */
  outputs: Int32Array;
  /** A row of logits for each of them. */
  logits: Float32Array[];
  free(): void;
}

/** Most operations of a layer, and of what stands before and behind the layers; views count too. */
const LAYER_NODES = 52;
const OTHER_NODES = 32;

export class GraphBuilder {
  private readonly ggml: GgmlFunctions;
  private readonly weights: ForwardWeights;
  private readonly cells: readonly LayerCells[];
  private readonly allocator: Pointer;

  constructor(
    ggml: GgmlFunctions,
    weights: ForwardWeights,
    cells: readonly LayerCells[],
    allocator: Pointer,
  ) {
    this.ggml = ggml;
    this.weights = weights;
    this.cells = cells;
    this.allocator = allocator;
  }

  build(sizes: GraphSizes): ForwardGraph {
    const { ggml, weights } = this;
    const nodes = weights.shape.layers * LAYER_NODES + OTHER_NODES;
    const context = newContext(ggml, nodes, nodes);
    const pass = new Pass(ggml, context, ggml.new_graph_custom(context, nodes, false), weights, sizes);
    const logits = pass.compose(this.cells);
    if (!ggml.gallocr_alloc_graph(this.allocator, pass.graph)) {
      ggml.free(context);
      throw new FormworkError("internal", `There is no memory for a batch of ${sizes.tokens} tokens.`);
    }
    const view = (tensor: Pointer): ArrayBuffer => {
      const address = ggml.get_data(tensor);
      // What no operation needs has no memory: the mask, in a model of one layer when nobody asks for logits.
      return address === null ? new ArrayBuffer(0) : koffi.view(address, Number(ggml.nbytes(tensor)));
    };
    const size = weights.shape.vocabulary;
    const rows = logits === null ? null : new Float32Array(view(logits));
    return {
      graph: pass.graph,
      tokens: new Int32Array(view(pass.tokens)),
      positions: new Int32Array(view(pass.positions)),
      places: new BigInt64Array(view(pass.places)),
      mask: new Uint16Array(view(pass.mask)),
      outputs: pass.outputs === null ? new Int32Array(0) : new Int32Array(view(pass.outputs)),
      logits: Array.from({ length: sizes.rows }, (_, row) => rows!.subarray(row * size, (row + 1) * size)),
      free: () => ggml.free(context),
    };
  }
}

/** The composition of one graph. Tensors have their innermost size first, as in ggml. */
class Pass {
  readonly graph: Pointer;
  readonly tokens: Pointer;
  readonly positions: Pointer;
  readonly places: Pointer;
  readonly mask: Pointer;
  /** Null where no token asks for logits. */
  readonly outputs: Pointer;

  private readonly ggml: GgmlFunctions;
  private readonly context: Pointer;
  private readonly weights: ForwardWeights;
  private readonly sizes: GraphSizes;

  constructor(
    ggml: GgmlFunctions,
    context: Pointer,
    graph: Pointer,
    weights: ForwardWeights,
    sizes: GraphSizes,
  ) {
    this.ggml = ggml;
    this.context = context;
    this.graph = graph;
    this.weights = weights;
    this.sizes = sizes;
    this.tokens = this.input(I32, sizes.tokens);
    this.positions = this.input(I32, sizes.tokens);
    this.places = this.input(I64, sizes.tokens);
    this.mask = this.input(F16, sizes.cells, sizes.tokens);
    this.outputs = sizes.rows === 0 ? null : this.input(I32, sizes.rows);
  }

  /** All of it; returns the logits, null where nobody asks for them. */
  compose(cells: readonly LayerCells[]): Pointer {
    const { ggml, context, graph, weights, sizes } = this;
    let stream = ggml.get_rows(context, weights.embedding, this.tokens);
    for (let l = 0; l < weights.layers.length; l++) {
      const layer = weights.layers[l];
      const isLast = l === weights.layers.length - 1;
      let attended = this.attention(layer, cells[l], this.normal(stream, layer.attn_norm));
      if (isLast) {
        // Its keys and values are in their cells; what follows is for those who asked.
        if (sizes.rows === 0) return null;
        attended = ggml.get_rows(context, attended, this.outputs);
        stream = ggml.get_rows(context, stream, this.outputs);
      }
      stream = ggml.add(context, this.product(layer.attn_output, attended), stream);
      const wide = this.product(layer.ffn_gate_up, this.normal(stream, layer.ffn_norm));
      stream = ggml.add(context, this.product(layer.ffn_down, ggml.swiglu(context, wide)), stream);
    }
    const logits = this.product(weights.head, this.normal(stream, weights.outputNorm));
    ggml.set_output(logits);
    ggml.build_forward_expand(graph, logits);
    return logits;
  }

  private input(type: number, size: number, rows = 1): Pointer {
    const tensor = this.ggml.new_tensor_2d(this.context, type, size, rows);
    this.ggml.set_input(tensor);
    return tensor;
  }

  private normal(values: Pointer, scale: Pointer): Pointer {
    const { ggml, context } = this;
    return ggml.mul(context, ggml.rms_norm(context, values, this.weights.shape.epsilon), scale);
  }

  /** The matrix times a column for each token. */
  private product({ weights, terms, sums }: Matrix, values: Pointer): Pointer {
    const { ggml, context } = this;
    const product = ggml.mul_mat(context, weights, values);
    if (terms === null) return product;
    const byBlock = ggml.transpose(context, ggml.mul_mat(context, sums, values));
    return ggml.add_inplace(context, product, ggml.out_prod(context, terms, byBlock));
  }

  private attention(layer: Layer, cells: LayerCells, values: Pointer): Pointer {
    const { ggml, context, graph, weights, sizes } = this;
    const { heads, keyHeads, headWidth } = weights.shape;
    const { tokens } = sizes;
    const all = this.product(layer.attn_qkv, values);
    const headBytes = headWidth * 4;
    const rowBytes = (heads + 2 * keyHeads) * headBytes;
    const turned = this.rotated(
      ggml.view_3d(context, all, headWidth, heads + keyHeads, tokens, headBytes, rowBytes, 0),
    );
    const turnedBytes = (heads + keyHeads) * headBytes;
    const keyWidth = keyHeads * headWidth;
    const keys = ggml.view_2d(context, turned, keyWidth, tokens, turnedBytes, heads * headBytes);
    const newValues = ggml.view_2d(context, all, keyWidth, tokens, rowBytes, turnedBytes);
    ggml.build_forward_expand(graph, ggml.set_rows(context, cells.keys, keys, this.places));
    ggml.build_forward_expand(graph, ggml.set_rows(context, cells.values, newValues, this.places));
    const queries = ggml.view_3d(context, turned, headWidth, heads, tokens, headBytes, turnedBytes, 0);
    const attended = ggml.flash_attn_ext(
      context,
      ggml.permute(context, queries, 0, 2, 1, 3),
      this.byHead(cells.keys, cells),
      this.byHead(cells.values, cells),
      this.mask,
      1 / Math.sqrt(headWidth),
      0,
      0,
    );
    return ggml.reshape_2d(context, attended, heads * headWidth, tokens);
  }

  /** The cells that attention looks at, for each head. */
  private byHead(stored: Pointer, { headBytes, rowBytes }: LayerCells): Pointer {
    const { ggml, context, weights, sizes } = this;
    const { headWidth, keyHeads } = weights.shape;
    const view = ggml.view_3d(context, stored, headWidth, keyHeads, sizes.cells, headBytes, rowBytes, 0);
    return ggml.permute(context, view, 0, 2, 1, 3);
  }

  /** The rotary embedding (https://arxiv.org/abs/2104.09864), over pairs of neighbours. */
  private rotated(values: Pointer): Pointer {
    const { ggml, context, weights } = this;
    const { headWidth, trainedContext, frequencyBase } = weights.shape;
    const [neighbours, scale, extrapolation, magnitude, fast, slow] = [0, 1, 0, 1, 32, 1];
    return ggml.rope_ext(
      ...[context, values, this.positions, weights.frequencies, headWidth, neighbours, trainedContext],
      ...[frequencyBase, scale, extrapolation, magnitude, fast, slow],
    );
  }
}

/** Bytes of `width` numbers of a cell, and the tensors of one layer's cells. */
export function newLayerCells(
  ggml: GgmlFunctions,
  context: Pointer,
  type: number,
  { headWidth, keyHeads }: { headWidth: number; keyHeads: number },
  capacity: number,
): LayerCells {
  const width = headWidth * keyHeads;
  return {
    keys: ggml.new_tensor_2d(context, type, width, capacity),
    values: ggml.new_tensor_2d(context, type, width, capacity),
    rowBytes: Number(ggml.row_size(type, width)),
    headBytes: Number(ggml.row_size(type, headWidth)),
  };
}
