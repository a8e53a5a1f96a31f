import { FormworkError } from "../../../errors.js";
import type { SavedCells } from "../../runtime.js";
import type { Pointer } from "../abi.js";
import { type Decoder, noRoom } from "../decoder.js";
import type { NativeLlama } from "../native.js";
import { processorDevice } from "../processor.js";
import type { TokenBatch } from "../tokenBatch.js";
import { BatchPlan } from "./batchPlan.js";
import { type CellLayout, CellMemory, newLayerCells } from "./cellMemory.js";
import { CellRanges, memoryOf } from "./cellRanges.js";
import { CopiedCells } from "./copiedCells.js";
import { type GgmlFunctions, ggmlFunctions, newContext } from "./ggml.js";
import { type ForwardGraph, GraphBuilder } from "./graph.js";
import type { Segment } from "./pass.js";
import type { ForwardWeights } from "./weights.js";

export interface ForwardDecoderOptions {
  maxSequences: number;
  batchCapacity: number;
  /** Maximum rows of logits of a batch. */
  logitRows: number;
  /** Maximum cells in use by all sequences. */
  cellCapacity: number;
  /** `ggml_type` of keys and values. */
  cellType: number;
  threads: number;
}

/** Maximum number of cached graphs. */
const MAX_GRAPHS = 64;
/** Stands for the open end of a range of positions. */
const OPEN_END = 0x7fffffff;
/** Half-precision 0 and minus infinity. */
const SEEN = 0;
const HIDDEN = 0xfc00;

/** Computes the forward pass of a Llama model on the CPU, from arranged weights. */
export class ForwardDecoder implements Decoder {
  readonly batchCapacity: number;
  readonly cellCapacity: number;
  readonly cellBytes: number;
  readonly decodesAside = false;
  readonly sharesCells = false;

  private readonly ggml: GgmlFunctions;
  private readonly weights: ForwardWeights;
  private readonly backend: Pointer;
  private readonly cellContext: Pointer;
  private readonly cellBuffer: Pointer;
  private readonly allocator: Pointer;
  private readonly builder: GraphBuilder;
  private readonly ranges: CellRanges;
  private readonly memory: CellMemory;
  private readonly plan: BatchPlan;
  /** Query heads per key head. */
  private readonly group: number;
  /** Cached graphs by their sizes, least recently used first. */
  private readonly graphs = new Map<string, ForwardGraph>();
  private workBytes = 0;
  /** The graph of the current batch. */
  private current: ForwardGraph | null = null;

  /** `close` frees `weights`, too. Throws `model_unavailable` if the cells do not fit in memory; `weights` are then still the caller's. */
  constructor(native: NativeLlama, weights: ForwardWeights, options: ForwardDecoderOptions) {
    const ggml = ggmlFunctions(native);
    const { shape } = weights;
    const device = processorDevice(native);
    const host = ggml.backend_dev_buffer_type(device);
    this.ggml = ggml;
    this.weights = weights;
    this.batchCapacity = options.batchCapacity;
    this.cellCapacity = options.cellCapacity;
    this.group = shape.heads / shape.keyHeads;
    const layout: CellLayout = {
      width: shape.keyHeads * shape.headWidth,
      size: memoryOf(options.cellCapacity, options.maxSequences),
      numberBytes: Number(ggml.row_size(options.cellType, 1)),
    };
    this.cellContext = newContext(ggml, 2 * shape.layers);
    const layers = Array.from({ length: shape.layers }, () =>
      newLayerCells(ggml, this.cellContext, options.cellType, layout),
    );
    this.cellBuffer = ggml.backend_alloc_ctx_tensors_from_buft(this.cellContext, host);
    if (this.cellBuffer === null) {
      ggml.free(this.cellContext);
      throw new FormworkError("model_unavailable", "There is no memory for the KV cells.");
    }
    this.memory = new CellMemory(ggml, layers, layout);
    this.cellBytes = this.memory.bytes;
    this.ranges = new CellRanges(options.cellCapacity, options.maxSequences, (from, to, count) =>
      this.memory.move(from, to, count),
    );
    this.plan = new BatchPlan(options.batchCapacity);
    this.backend = ggml.backend_dev_init(device, null);
    this.setThreads(options.threads);
    this.allocator = ggml.gallocr_new(host);
    this.builder = new GraphBuilder(ggml, weights, { layers, layout }, this.allocator);
    // The largest graph first, so that the memory that all graphs share rarely has to grow and move.
    this.graphOf(
      "",
      [{ tokens: options.batchCapacity, cells: this.ranges.size }],
      Math.min(options.batchCapacity, options.logitRows),
    );
  }

  setThreads(threads: number): void {
    this.ggml.setThreads(this.backend, threads);
  }

  prepare(batch: TokenBatch): void {
    const { ranges, plan } = this;
    if (!ranges.hasRoom(batch.count)) {
      throw new FormworkError("internal", noRoom(batch.count, this.cellCapacity));
    }
    plan.read(batch, ranges);
    const graph = this.graphOf(plan.key, plan.segments, batch.rows);
    this.fill(graph, batch);
    this.current = graph;
  }

  compute(batch: TokenBatch): void {
    const status = Number(this.ggml.backend_graph_compute(this.backend, this.current!.graph));
    if (status !== 0) {
      throw new FormworkError(
        "internal",
        `The backend failed to decode ${batch.count} tokens (code ${status}).`,
      );
    }
  }

  /** Writes the inputs of `graph`, whose tokens are those of the batch in the order of the plan. */
  private fill(graph: ForwardGraph, batch: TokenBatch): void {
    const { ranges, plan, memory } = this;
    const { width, size } = memory.layout;
    const { keyPlaces, valuePlaces } = graph;
    for (let at = 0; at < batch.count; at++) {
      const i = plan.order[at];
      graph.tokens[at] = batch.tokens[i];
      graph.positions[at] = batch.positions[i];
      const cell = ranges.start(batch.sequences[i]) + batch.positions[i];
      keyPlaces[2 * at] = cell;
      keyPlaces[2 * at + 1] = 0;
      for (let n = 0, word = 2 * at * width; n < width; n++, word += 2) {
        valuePlaces[word] = n * size + cell;
        valuePlaces[word + 1] = 0;
      }
      if (batch.wanted[i] !== 0) graph.outputs[plan.rowOf[i]] = at;
    }
    let at = 0;
    plan.segments.forEach(({ tokens, cells }, which) => {
      const first = plan.order[at];
      const start = ranges.start(batch.sequences[first]);
      const window = Math.min(start, size - cells);
      const inputs = graph.segments[which];
      memory.clear(window, window + cells);
      inputs.setWindow(window);
      this.fillMask(inputs.mask, { tokens, cells }, start - window, batch.positions[first]);
      at += tokens;
    });
  }

  /**
   * Each token attends to the cells of its sequence, from column `from` of the mask up to its own cell. `position` is that of
   * the first token.
   */
  private fillMask(mask: Uint16Array, { tokens, cells }: Segment, from: number, position: number): void {
    mask.fill(HIDDEN);
    for (let token = 0, at = 0; token < tokens; token++) {
      for (let head = 0; head < this.group; head++, at += cells) {
        mask.fill(SEEN, at + from, at + from + position + token + 1);
      }
    }
  }

  logits(row: number): Float32Array {
    return this.current!.logits[row];
  }

  removeCells(sequence: number, from: number, to: number): void {
    const { ranges } = this;
    if (to >= 0 && to < ranges.length(sequence)) throw inTheMiddle();
    ranges.truncate(sequence, from);
  }

  copyCells(source: number, target: number, from: number, to: number): void {
    const { ranges, memory } = this;
    const end = Math.min(to < 0 ? OPEN_END : to, ranges.length(source));
    if (end <= from) return;
    this.append(target, from, end - from);
    memory.move(ranges.start(source) + from, ranges.start(target) + from, end - from);
  }

  saveCells(sequence: number, from: number, to: number): SavedCells {
    const { ranges, memory } = this;
    const end = Math.min(to < 0 ? OPEN_END : to, ranges.length(sequence));
    return CopiedCells.of(memory, ranges.start(sequence) + from, end - from, from);
  }

  savePart(saved: SavedCells, from: number, to: number): SavedCells {
    return (saved as CopiedCells).part(from, to);
  }

  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void {
    this.append(sequence, from, to - from);
    (saved as CopiedCells).writeTo(this.ranges.start(sequence) + from, to - from, from);
  }

  /** Makes room for `count` positions of `sequence` after its first `from`. */
  private append(sequence: number, from: number, count: number): void {
    const { ranges } = this;
    if (from !== ranges.length(sequence)) throw inTheMiddle();
    if (!ranges.hasRoom(count)) throw new FormworkError("internal", noRoom(count, this.cellCapacity));
    ranges.extend(sequence, count);
  }

  close(): void {
    const { ggml } = this;
    this.current = null;
    for (const graph of this.graphs.values()) graph.free();
    this.graphs.clear();
    ggml.gallocr_free(this.allocator);
    ggml.backend_free(this.backend);
    ggml.backend_buffer_free(this.cellBuffer);
    ggml.free(this.cellContext);
    this.weights.free();
  }

  private graphOf(key: string, segments: readonly Segment[], rows: number): ForwardGraph {
    const fullKey = `${key}${rows}`;
    let graph = this.graphs.get(fullKey);
    if (graph !== undefined) {
      this.graphs.delete(fullKey);
      this.graphs.set(fullKey, graph);
      return graph;
    }
    graph = this.builder.build({ segments, rows });
    const bytes = Number(this.ggml.gallocr_get_buffer_size(this.allocator, 0));
    // The shared memory has moved; graphs made before still point to the old one.
    if (bytes !== this.workBytes) this.freeGraphs(0);
    this.workBytes = bytes;
    this.freeGraphs(MAX_GRAPHS - 1);
    this.graphs.set(fullKey, graph);
    return graph;
  }

  /** Frees the least recently used graphs until `left` remain. */
  private freeGraphs(left: number): void {
    for (const [key, graph] of this.graphs) {
      if (this.graphs.size <= left) return;
      graph.free();
      this.graphs.delete(key);
    }
  }
}

function inTheMiddle(): FormworkError {
  return new FormworkError("internal", "The positions of a sequence follow one another without a gap.");
}
