/**
 * One forward pass of a Llama model as a graph of ggml operations (https://arxiv.org/abs/2302.13971, section 2.2). It differs
 * from llama.cpp's in four ways: a sequence attends to its own cells only, with two products in place of the fused operation;
 * matrices that share an input are one; the second part of the weights (`weights/twoParts.ts`) is added with one product for
 * each of them, not as an adapter with three more operations; and a graph is built once for each combination of sizes, not for
 * each batch.
 *
 * Every operation computes a token's row in the same way whatever the other rows are, so logits do not depend on the batch.
 */
import type { Pointer } from "../abi.js";
import type { CellLayout, LayerCells } from "./cellMemory.js";
import { F16, F32, type GgmlFunctions, I32, I64 } from "./ggml.js";
import type { ForwardWeights, Layer, Matrix } from "./weights.js";

/** A number of successive tokens of one sequence in a batch, and of the cells that their attention reads. */
export interface Segment {
  tokens: number;
  cells: number;
}

/** What a graph is built for: the segments of a batch, and how many of its tokens ask for logits. */
export interface GraphSizes {
  segments: readonly Segment[];
  rows: number;
}

/** A segment during the composition of its graph. */
interface Part extends Segment {
  /** The index of its first token in the plan's order. */
  first: number;
  mask: Pointer;
  /** The mask in the shape that the softmax takes. */
  shapedMask: Pointer;
  /** Its part of `attended`; null if there is no other segment. */
  columns: Pointer;
  /** For each layer, the views of the keys and values that attention reads. */
  windows: LayerCells[];
}

/** The composition of one graph. Dimensions are given innermost first, as in ggml. */
export class Pass {
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
  /** The output of attention, to which several segments write their parts; null for a single one. */
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
    const group = heads / keyHeads;
    let count = 0;
    for (const { tokens } of sizes.segments) count += tokens;
    this.count = count;
    this.attended = sizes.segments.length === 1 ? null : this.input(F32, heads * headWidth, count);
    let first = 0;
    this.parts = sizes.segments.map((segment) => {
      const mask = this.input(F16, segment.cells, segment.tokens * group);
      const shapedMask = ggml.reshape_3d(context, mask, segment.cells, ...columnsOf(segment, group));
      const part = {
        ...segment,
        first,
        mask,
        shapedMask,
        columns: this.columns(segment, first),
        windows: [],
      };
      first += segment.tokens;
      return part;
    });
    this.tokens = this.input(I32, count);
    this.positions = this.input(I32, count);
    this.keyPlaces = this.input(I64, count);
    this.valuePlaces = this.input(I64, count * layout.width);
    this.outputs = sizes.rows === 0 ? null : this.input(I32, sizes.rows);
  }

  /** Composes the whole graph. Returns the logits, or null if no token asks for them. */
  compose(layers: readonly LayerCells[]): Pointer {
    const { ggml, context, graph, weights } = this;
    let stream = ggml.get_rows(context, weights.embedding, this.tokens);
    for (let l = 0; l < weights.layers.length; l++) {
      const layer = weights.layers[l];
      const isLast = l === weights.layers.length - 1;
      const queries = this.store(layer, layers[l], this.rmsNorm(stream, layer.attn_norm));
      // The last layer's keys and values are stored by now; the rest is only for tokens that ask for logits.
      if (isLast && this.outputs === null) return null;
      let attended = this.attention(queries, layers[l]);
      if (isLast) {
        attended = ggml.get_rows(context, attended, this.outputs);
        stream = ggml.get_rows(context, stream, this.outputs);
      }
      stream = ggml.add(context, this.product(layer.attn_output, attended), stream);
      const wide = this.product(layer.ffn_gate_up, this.rmsNorm(stream, layer.ffn_norm));
      stream = ggml.add(context, this.product(layer.ffn_down, ggml.swiglu(context, wide)), stream);
    }
    const logits = this.product(weights.head, this.rmsNorm(stream, weights.outputNorm));
    ggml.set_output(logits);
    ggml.build_forward_expand(graph, logits);
    return logits;
  }

  private columns({ tokens }: Segment, first: number): Pointer {
    if (this.attended === null) return null;
    const { ggml, context } = this;
    const { heads, headWidth } = this.weights.shape;
    const bytes = heads * headWidth * 4;
    return ggml.view_2d(context, this.attended, heads * headWidth, tokens, bytes, first * bytes);
  }

  private input(type: number, size: number, rows = 1): Pointer {
    const tensor = this.ggml.new_tensor_2d(this.context, type, size, rows);
    this.ggml.set_input(tensor);
    return tensor;
  }

  /** RMS normalisation, scaled (https://arxiv.org/abs/1910.07467). */
  private rmsNorm(values: Pointer, scale: Pointer): Pointer {
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
    const rotated = this.rotate(
      ggml.view_3d(context, all, headWidth, heads + keyHeads, count, headBytes, rowBytes, 0),
    );
    const rotatedBytes = (heads + keyHeads) * headBytes;
    const keys = ggml.view_2d(context, rotated, width, count, rotatedBytes, heads * headBytes);
    const newValues =
      count === 1
        ? ggml.view_2d(context, all, 1, width, 4, rotatedBytes)
        : ggml.cont_2d(
            context,
            ggml.view_2d(context, all, width, count, rowBytes, rotatedBytes),
            ...[1, width * count],
          );
    const eachValue = ggml.reshape_2d(context, cells.values, 1, size * width);
    ggml.build_forward_expand(graph, ggml.set_rows(context, cells.keys, keys, this.keyPlaces));
    ggml.build_forward_expand(graph, ggml.set_rows(context, eachValue, newValues, this.valuePlaces));
    return rotated;
  }

  /** The output of attention, where each segment attends to its own cells: one column of all heads for each token. */
  private attention(rotated: Pointer, cells: LayerCells): Pointer {
    const { ggml, context, graph, parts } = this;
    const { heads, headWidth } = this.weights.shape;
    if (parts.length === 1) {
      const byToken = this.attend(parts[0], rotated, cells);
      return parts[0].tokens === 1
        ? ggml.reshape_2d(context, byToken, heads * headWidth, 1)
        : ggml.cont_2d(context, byToken, heads * headWidth, parts[0].tokens);
    }
    for (const part of parts) {
      const attended = this.attend(part, rotated, cells);
      ggml.build_forward_expand(graph, ggml.cpy(context, attended, part.columns));
    }
    return this.attended;
  }

  /**
   * Attention as two products with a softmax in between, all heads that share keys at once: on a CPU the library's fused
   * attention takes several times as long. Returns heads by token.
   */
  private attend(part: Part, rotated: Pointer, cells: LayerCells): Pointer {
    const { ggml, context, weights } = this;
    const { heads, keyHeads, headWidth } = weights.shape;
    const { tokens } = part;
    const group = heads / keyHeads;
    const byToken = this.queriesOf(part, rotated);
    // The layout of one token alone needs no copies.
    const queries =
      tokens === 1
        ? byToken
        : ggml.reshape_4d(
            context,
            ggml.cont_3d(context, byToken, headWidth, group * tokens, keyHeads),
            ...[headWidth, ...columnsOf(part, group), keyHeads],
          );
    const window = this.window(part, cells);
    part.windows.push(window);
    const scores = ggml.mul_mat(context, window.keys, queries);
    const shares = ggml.soft_max_ext(context, scores, part.shapedMask, 1 / Math.sqrt(headWidth), 0);
    const sums = ggml.mul_mat(context, window.values, shares);
    if (tokens === 1) return sums;
    const byHead = ggml.reshape_4d(context, sums, headWidth, group, tokens, keyHeads);
    return ggml.permute(context, byHead, 0, 1, 3, 2);
  }

  /** The queries of a segment, by head width, head within its group, token and group. */
  private queriesOf({ first, tokens }: Part, rotated: Pointer): Pointer {
    const { ggml, context } = this;
    const { heads, keyHeads, headWidth } = this.weights.shape;
    const group = heads / keyHeads;
    const headBytes = headWidth * 4;
    const tokenBytes = (heads + keyHeads) * headBytes;
    if (tokens === 1) {
      return ggml.view_4d(
        ...[context, rotated, headWidth, group, 1, keyHeads],
        ...[headBytes, group * headBytes, group * headBytes, first * tokenBytes],
      );
    }
    const byGroup = ggml.view_4d(
      ...[context, rotated, headWidth, group, keyHeads, tokens],
      ...[headBytes, group * headBytes, tokenBytes, first * tokenBytes],
    );
    return ggml.permute(context, byGroup, 0, 1, 3, 2);
  }

  /** Views of the first cells; `setWindow` later moves them to those of a sequence. */
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
  private rotate(values: Pointer): Pointer {
    const { ggml, context, weights } = this;
    const { headWidth, trainedContext, frequencyBase } = weights.shape;
    const [neighbours, scale, extrapolation, magnitude, fast, slow] = [0, 1, 0, 1, 32, 1];
    return ggml.rope_ext(
      ...[context, values, this.positions, weights.frequencies, headWidth, neighbours, trainedContext],
      ...[frequencyBase, scale, extrapolation, magnitude, fast, slow],
    );
  }
}

/**
 * Columns of one product over a segment, and the number of products for each group of heads. A single column is computed by a
 * different kernel than several. If no heads share keys, each product therefore has exactly one.
 */
function columnsOf({ tokens }: Segment, group: number): [number, number] {
  return group > 1 ? [group * tokens, 1] : [1, tokens];
}
