/** Graphs of the forward pass (`pass.ts`): each is built once for a combination of sizes and serves any sequence. */
import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import type { Pointer } from "../abi.js";
import type { CellLayout, LayerCells } from "./cellMemory.js";
import { type GgmlFunctions, newContext } from "./ggml.js";
import { type GraphSizes, Pass } from "./pass.js";
import type { ForwardWeights } from "./weights.js";

/** The inputs of one segment. */
export interface SegmentInputs {
  /**
   * A row for each token and each query head of a group that shares keys: for every cell a half-precision number, 0 where the
   * token attends to it, else minus infinity.
   */
  mask: Uint16Array;
  /** Sets the first cell that attention reads. */
  setWindow(cell: number): void;
}

/** A graph with its inputs. Computing it may overwrite them, so they must be filled before each run. */
export interface ForwardGraph {
  graph: Pointer;
  tokens: Int32Array;
  positions: Int32Array;
  /** The cell for each token's keys, as 64-bit integers, low half first. */
  keyPlaces: Int32Array;
  /** For each token and component, the index among the layer's values, in the same form. */
  valuePlaces: Int32Array;
  segments: readonly SegmentInputs[];
  /** The tokens that ask for logits, by their index in the plan's order; one entry for each row of logits. */
  outputs: Int32Array;
  /** A row of logits for each of them. */
  logits: Float32Array[];
  free(): void;
}

/** Maximum number of nodes: of a layer, of a segment in a layer, and outside the layers. Views count as nodes. */
const LAYER_NODES = 48;
const SEGMENT_NODES = 16;
const OTHER_NODES = 32;

/** Builds graphs for one set of weights and cells. */
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
    const { keys, values } = cells.layers[0];
    this.dataOffset = findDataOffset(ggml, [keys, values]);
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
      // A tensor that no operation reads gets no memory: the mask of a model with one layer, if no token asks for logits.
      return address === null ? new ArrayBuffer(0) : koffi.view(address, Number(ggml.nbytes(tensor)));
    };
    const memory = this.descriptionsOf(context);
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
        setWindow: this.windowSetter(memory, windows),
      })),
      outputs: pass.outputs === null ? new Int32Array(0) : new Int32Array(view(pass.outputs)),
      logits: Array.from({ length: sizes.rows }, (_, row) => rows!.subarray(row * size, (row + 1) * size)),
      free: () => ggml.free(context),
    };
  }

  private descriptionsOf(context: Pointer): Descriptions {
    const { ggml } = this;
    const base = ggml.get_mem_buffer(context) as bigint;
    return { base, words: new BigUint64Array(koffi.view(base, Number(ggml.get_mem_size(context)) & ~7)) };
  }

  /**
   * Returns a function that overwrites the addresses of the views of keys and values in all layers, so that they begin with
   * another cell and one graph serves any sequence.
   */
  private windowSetter(
    { base, words }: Descriptions,
    windows: readonly LayerCells[],
  ): (cell: number) => void {
    const { ggml, layers, dataOffset } = this;
    const { width, numberBytes } = this.layout;
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

/** The memory in which a graph's tensors are described, and its address. */
interface Descriptions {
  base: bigint;
  words: BigUint64Array;
}

/**
 * Byte offset of the data's address within a tensor's description. It is searched for, because ggml has no function that sets
 * the address. Throws `model_unavailable` unless there is exactly one offset that fits all `tensors`.
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
