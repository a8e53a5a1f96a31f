/**
 * One forward pass of a Llama model as a graph of ggml operations (https://arxiv.org/abs/2302.13971, section 2.2), as
 * llama.cpp makes it, but for four things: a sequence attends to its own cells only, with two products in place of the fused
 * operation; matrices that share an input are one; the second part of the weights (`weights/twoParts.ts`) is added with one
 * product for each of them, not as an adapter with three more operations; and a graph is made once for each combination of
 * sizes, not for each batch.
 *
 * Every operation computes a token's row alike whatever other rows there are, so logits do not depend on the batch.
 */
import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import type { Pointer } from "../abi.js";
import type { CellLayout, LayerCells } from "./cellMemory.js";
import { F16, F32, type GgmlFunctions, I32, I64, newContext } from "./ggml.js";
import type { ForwardWeights, Layer, Matrix } from "./weights.js";

/** Successive tokens of one sequence in a batch, and the cells that their attention looks at. */
export interface Segment {
  tokens: number;
  cells: number;
}

/** What a graph is made for: the segments of a batch, and how many of its tokens ask for logits. */
export interface GraphSizes {
  segments: readonly Segment[];
  rows: number;
}

/** The inputs of one segment. */
export interface SegmentInputs {
  /**
   * For each token, and for each head that shares keys with others, a row of half-precision numbers, one for each cell: 0
   * where the token sees it, else minus infinity.
   */
  mask: Uint16Array;
  /** Sets the first of the cells that attention looks at. */
  setWindow(cell: number): void;
}

/** A graph with its inputs, which the graph's own computation may overwrite: they are to be filled before each run. */
export interface ForwardGraph {
  graph: Pointer;
  tokens: Int32Array;
  positions: Int32Array;
  /** The cell in which each token's keys are put: 64-bit numbers, the lower half first. */
  keyPlaces: Int32Array;
  /** For each token and number of its values the place among those of the layer, likewise. */
  valuePlaces: Int32Array;
  segments: readonly SegmentInputs[];
  /** The tokens that ask for logits, by their numbers in the batch. */
  outputs: Int32Array;
  /** A row of logits for each of them. */
  logits: Float32Array[];
  free(): void;
}

/** Most operations of a layer, of a segment in it, and of what stands before and behind the layers; views count too. */
const LAYER_NODES = 48;
const SEGMENT_NODES = 16;
const OTHER_NODES = 32;

export class GraphBuilder {
  private readonly ggml: GgmlFunctions;
  private readonly weights: ForwardWeights;
  private readonly layers: readonly LayerCells[];
  private readonly layout: CellLayout;
  private readonly allocator: Pointer;
  /** Where a tensor's description holds the address of its data. */
  private readonly dataOffset: number;

  constructor(
    ggml: GgmlFunctions,
    weights: ForwardWeights,
    cells: { layers: readonly LayerCells[]; layout: CellLayout },
    allocator: Pointer,
  ) {
    this.ggml = ggml;
    this.weights = weights;
    this.layers = cells.layers;
    this.layout = cells.layout;
    this.allocator = allocator;
    this.dataOffset = findDataOffset(
      ggml,
      cells.layers.map(({ keys }) => keys),
    );
  }

  build(sizes: GraphSizes): ForwardGraph {
    const { ggml, weights } = this;
    const perLayer = LAYER_NODES + sizes.segments.length * SEGMENT_NODES;
    const nodes = weights.shape.layers * perLayer + OTHER_NODES + sizes.segments.length;
    const context = newContext(ggml, nodes, nodes);
    const graph = ggml.new_graph_custom(context, nodes, false);
    const pass = new Pass(ggml, { context, graph }, weights, sizes, this.layout);
    const logits = pass.compose(this.layers);
    if (!ggml.gallocr_alloc_graph(this.allocator, graph)) {
      ggml.free(context);
      throw new FormworkError("internal", `There is no memory for a batch of ${pass.count} tokens.`);
    }
    const view = (tensor: Pointer): ArrayBuffer => {
      const address = ggml.get_data(tensor);
      // What no operation needs has no memory: the mask, in a model of one layer when nobody asks for logits.
      return address === null ? new ArrayBuffer(0) : koffi.view(address, Number(ggml.nbytes(tensor)));
    };
    const size = weights.shape.vocabulary;
    const rows = logits === null ? null : new Float32Array(view(logits));
    return {
      graph,
      tokens: new Int32Array(view(pass.tokens)),
      positions: new Int32Array(view(pass.positions)),
      keyPlaces: new Int32Array(view(pass.keyPlaces)),
      valuePlaces: new Int32Array(view(pass.valuePlaces)),
      segments: pass.parts.map(({ mask, windows }) => ({
        mask: new Uint16Array(view(mask)),
        setWindow: this.windowSetter(context, windows),
      })),
      outputs: pass.outputs === null ? new Int32Array(0) : new Int32Array(view(pass.outputs)),
      logits: Array.from({ length: sizes.rows }, (_, row) => rows!.subarray(row * size, (row + 1) * size)),
      free: () => ggml.free(context),
    };
  }

  /**
   * A function that moves the views of keys and values in every layer to another cell, by their addresses: so that one graph
   * serves any sequence.
   */
  private windowSetter(context: Pointer, windows: readonly LayerCells[]): (cell: number) => void {
    const { ggml, layers, dataOffset } = this;
    const { width, numberBytes } = this.layout;
    const base = ggml.get_mem_buffer(context) as bigint;
    const words = new BigUint64Array(koffi.view(base, Number(ggml.get_mem_size(context)) & ~7));
    const wordOf = (tensor: Pointer) => Number((tensor as bigint) - base + BigInt(dataOffset)) / 8;
    const targets = windows.flatMap(({ keys, values }, l) => [
      { word: wordOf(keys), from: ggml.get_data(layers[l].keys) as bigint, step: width * numberBytes },
      { word: wordOf(values), from: ggml.get_data(layers[l].values) as bigint, step: numberBytes },
    ]);
    let current = 0;
    return (cell) => {
      if (cell === current) return;
      current = cell;
      for (const { word, from, step } of targets) words[word] = from + BigInt(cell * step);
    };
  }
}

/**
 * Where in a tensor's description the address of its data is: found, not assumed, since ggml has no function that sets it.
 * Throws `model_unavailable` if it is not at one and the same place in all of `tensors`.
 */
function findDataOffset(ggml: GgmlFunctions, tensors: readonly Pointer[]): number {
  const words = Number(ggml.tensor_overhead()) >>> 3;
  let places = Array.from({ length: words - OBJECT_WORDS }, (_, word) => word);
  for (const tensor of tensors) {
    const description = new BigUint64Array(koffi.view(tensor as bigint, (words - OBJECT_WORDS) * 8));
    const address = ggml.get_data(tensor);
    places = places.filter((word) => description[word] === address);
  }
  if (places.length !== 1) {
    throw new FormworkError("model_unavailable", "The library describes tensors in a way that is not known.");
  }
  return places[0] * 8;
}

/** 64-bit words that ggml keeps before the description of each tensor. */
const OBJECT_WORDS = 4;

/** A segment while its graph is composed. */
interface Part extends Segment {
  /** Its first token in the batch. */
  first: number;
  mask: Pointer;
  /** For each layer, the views of the keys and values that attention looks at. */
  windows: LayerCells[];
}

/** The composition of one graph. Tensors have their innermost size first, as in ggml. */
class Pass {
  /** Tokens of the batch. */
  readonly count: number;
  readonly tokens: Pointer;
  readonly positions: Pointer;
  readonly keyPlaces: Pointer;
  readonly valuePlaces: Pointer;
  readonly parts: readonly Part[];
  /** Null where no token asks for logits. */
  readonly outputs: Pointer;

  private readonly ggml: GgmlFunctions;
  private readonly context: Pointer;
  private readonly graph: Pointer;
  private readonly weights: ForwardWeights;
  private readonly layout: CellLayout;
  /** Where segments put what they attended to, if there are several. */
  private readonly attended: Pointer;

  constructor(
    ggml: GgmlFunctions,
    { context, graph }: { context: Pointer; graph: Pointer },
    weights: ForwardWeights,
    sizes: GraphSizes,
    layout: CellLayout,
  ) {
    this.ggml = ggml;
    this.context = context;
    this.graph = graph;
    this.weights = weights;
    this.layout = layout;
    const { heads, keyHeads, headWidth } = weights.shape;
    let count = 0;
    this.parts = sizes.segments.map((segment) => {
      const first = count;
      count += segment.tokens;
      const mask = this.input(F16, segment.cells, segment.tokens * (heads / keyHeads));
      return { ...segment, first, mask, windows: [] };
    });
    this.count = count;
    this.tokens = this.input(I32, count);
    this.positions = this.input(I32, count);
    this.keyPlaces = this.input(I64, count);
    this.valuePlaces = this.input(I64, count * layout.width);
    this.attended = sizes.segments.length === 1 ? null : this.input(F32, heads * headWidth, count);
    this.outputs = sizes.rows === 0 ? null : this.input(I32, sizes.rows);
  }

  /** All of it; returns the logits, null where nobody asks for them. */
  compose(layers: readonly LayerCells[]): Pointer {
    const { ggml, context, graph, weights } = this;
    let stream = ggml.get_rows(context, weights.embedding, this.tokens);
    for (let l = 0; l < weights.layers.length; l++) {
      const layer = weights.layers[l];
      const isLast = l === weights.layers.length - 1;
      const queries = this.store(layer, layers[l], this.normal(stream, layer.attn_norm));
      // The last keys and values are in their cells; what follows is for those who asked.
      if (isLast && this.outputs === null) return null;
      let attended = this.attention(queries, layers[l]);
      if (isLast) {
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

  /** Stores keys and values of each token in its cell; returns its queries and keys, as `heads + keyHeads` heads. */
  private store(layer: Layer, cells: LayerCells, values: Pointer): Pointer {
    const { ggml, context, graph, weights, count } = this;
    const { width, size } = this.layout;
    const { heads, keyHeads, headWidth } = weights.shape;
    const all = this.product(layer.attn_qkv, values);
    const headBytes = headWidth * 4;
    const rowBytes = (heads + 2 * keyHeads) * headBytes;
    const turned = this.rotated(
      ggml.view_3d(context, all, headWidth, heads + keyHeads, count, headBytes, rowBytes, 0),
    );
    const turnedBytes = (heads + keyHeads) * headBytes;
    const keys = ggml.view_2d(context, turned, width, count, turnedBytes, heads * headBytes);
    const newValues =
      count === 1
        ? ggml.view_2d(context, all, 1, width, 4, turnedBytes)
        : ggml.cont_2d(
            context,
            ggml.view_2d(context, all, width, count, rowBytes, turnedBytes),
            ...[1, width * count],
          );
    const eachValue = ggml.reshape_2d(context, cells.values, 1, size * width);
    ggml.build_forward_expand(graph, ggml.set_rows(context, cells.keys, keys, this.keyPlaces));
    ggml.build_forward_expand(graph, ggml.set_rows(context, eachValue, newValues, this.valuePlaces));
    return turned;
  }

  /** What each token attends to, each segment among its own cells: a column of all heads for each token. */
  private attention(turned: Pointer, cells: LayerCells): Pointer {
    const { ggml, context, graph, parts } = this;
    const { heads, headWidth } = this.weights.shape;
    if (parts.length === 1) {
      const byToken = this.attend(parts[0], turned, cells);
      return parts[0].tokens === 1
        ? ggml.reshape_2d(context, byToken, heads * headWidth, 1)
        : ggml.cont_2d(context, byToken, heads * headWidth, parts[0].tokens);
    }
    const columnBytes = heads * headWidth * 4;
    for (const part of parts) {
      const column = ggml.view_2d(
        ...[context, this.attended, heads * headWidth, part.tokens, columnBytes, part.first * columnBytes],
      );
      ggml.build_forward_expand(graph, ggml.cpy(context, this.attend(part, turned, cells), column));
    }
    return this.attended;
  }

  /**
   * Attention as two products with a softmax in between, all heads that share keys at once: on a processor the library's
   * fused attention takes several times as long. Returns heads by token.
   */
  private attend(part: Part, turned: Pointer, cells: LayerCells): Pointer {
    const { ggml, context, weights } = this;
    const { heads, keyHeads, headWidth } = weights.shape;
    const { tokens } = part;
    const group = heads / keyHeads;
    // Columns of one product. A single one is computed by another kernel than several, so where no heads share keys there
    // is always one. The layout of one token alone needs no copies.
    const [columns, outer] = group > 1 ? [group * tokens, 1] : [1, tokens];
    const byToken = this.queriesOf(part, turned);
    const queries =
      tokens === 1
        ? byToken
        : ggml.reshape_4d(
            context,
            ggml.cont_3d(context, byToken, headWidth, group * tokens, keyHeads),
            ...[headWidth, columns, outer, keyHeads],
          );
    const window = this.window(part, cells);
    part.windows.push(window);
    const mask = ggml.reshape_3d(context, part.mask, part.cells, columns, outer);
    const scores = ggml.mul_mat(context, window.keys, queries);
    const shares = ggml.soft_max_ext(context, scores, mask, 1 / Math.sqrt(headWidth), 0);
    const sums = ggml.mul_mat(context, window.values, shares);
    if (tokens === 1) return sums;
    const byHead = ggml.reshape_4d(context, sums, headWidth, group, tokens, keyHeads);
    return ggml.permute(context, byHead, 0, 1, 3, 2);
  }

  /** The queries of a segment: heads that share keys, tokens, then those groups of heads. */
  private queriesOf({ first, tokens }: Part, turned: Pointer): Pointer {
    const { ggml, context } = this;
    const { heads, keyHeads, headWidth } = this.weights.shape;
    const group = heads / keyHeads;
    const headBytes = headWidth * 4;
    const tokenBytes = (heads + keyHeads) * headBytes;
    const byGroup = ggml.view_4d(
      ...[context, turned, headWidth, group, keyHeads, tokens],
      ...[headBytes, group * headBytes, tokenBytes, first * tokenBytes],
    );
    return ggml.permute(context, byGroup, 0, 1, 3, 2);
  }

  /** The first cells, which are later moved to those of a sequence. */
  private window(part: Part, cells: LayerCells): LayerCells {
    const { ggml, context } = this;
    const { keyHeads, headWidth } = this.weights.shape;
    const { width, size, numberBytes } = this.layout;
    const keyBytes = headWidth * numberBytes;
    const valueBytes = size * numberBytes;
    return {
      keys: ggml.view_4d(
        ...[context, cells.keys, headWidth, part.cells, 1, keyHeads],
        ...[width * numberBytes, size * width * numberBytes, keyBytes, 0],
      ),
      values: ggml.view_4d(
        ...[context, cells.values, part.cells, headWidth, 1, keyHeads],
        ...[valueBytes, headWidth * keyHeads * valueBytes, headWidth * valueBytes, 0],
      ),
    };
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

/** The tensors of one layer's cells. */
export function newLayerCells(
  ggml: GgmlFunctions,
  context: Pointer,
  type: number,
  { width, size }: CellLayout,
): LayerCells {
  return {
    keys: ggml.new_tensor_2d(context, type, width, size),
    values: ggml.new_tensor_2d(context, type, size, width),
  };
}
