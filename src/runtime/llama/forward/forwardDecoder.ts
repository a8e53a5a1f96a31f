import koffi from "koffi";
import { FormworkError } from "../../../errors.js";
import type { SavedCells } from "../../runtime.js";
import type { Pointer } from "../abi.js";
import { type Decoder, noRoom } from "../decoder.js";
import type { NativeLlama } from "../native.js";
import { processorDevice } from "../processor.js";
import type { TokenBatch } from "../tokenBatch.js";
import { CellTable } from "./cells.js";
import { CopiedCells } from "./copiedCells.js";
import { type GgmlFunctions, ggmlFunctions, newContext } from "./ggml.js";
import { type ForwardGraph, GraphBuilder, newLayerCells } from "./graph.js";
import type { ForwardWeights } from "./weights.js";

export interface ForwardDecoderOptions {
  maxSequences: number;
  batchCapacity: number;
  logitRows: number;
  cellCapacity: number;
  /** `ggml_type` of keys and values. */
  cellType: number;
  threads: number;
}

/** Attention looks at a multiple of so many cells: graphs are made for few sizes, and hidden cells cost little. */
const CELL_STEP = 256;
/** More tokens than any batch holds, so that the sizes of a graph make one number. */
const MAX_TOKENS = 1 << 16;
/** Graphs that are kept: one takes up to a megabyte, and a millisecond to make. */
const MAX_GRAPHS = 32;
/** The end of a range of positions that is open. */
const OPEN_END = 0x7fffffff;

/** Computes the forward pass of a Llama model on the processor, from arranged weights. */
export class ForwardDecoder implements Decoder {
  readonly batchCapacity: number;
  readonly cellCapacity: number;
  readonly cellBytes: number;
  readonly decodesAside = false;

  private readonly ggml: GgmlFunctions;
  private readonly weights: ForwardWeights;
  private readonly backend: Pointer;
  private readonly cellContext: Pointer;
  private readonly cellBuffer: Pointer;
  private readonly allocator: Pointer;
  private readonly builder: GraphBuilder;
  private readonly table: CellTable;
  /** Keys, then values of each layer, as bytes: a row for each cell. */
  private readonly rows: Uint8Array[];
  private readonly rowBytes: number;
  private readonly found: Int32Array;
  /** Cells from here on were never written: they may hold anything. */
  private written = 0;
  /** By their sizes, the most recently used last. */
  private readonly graphs = new Map<number, ForwardGraph>();
  private workBytes = 0;
  private last: ForwardGraph | null = null;

  /** Takes over the weights. Throws `model_unavailable` where there is no memory for the cells. */
  constructor(native: NativeLlama, weights: ForwardWeights, options: ForwardDecoderOptions) {
    const ggml = ggmlFunctions(native);
    const { shape } = weights;
    const device = processorDevice(native);
    const host = ggml.backend_dev_buffer_type(device);
    this.ggml = ggml;
    this.weights = weights;
    this.batchCapacity = options.batchCapacity;
    this.cellCapacity = options.cellCapacity;
    this.table = new CellTable(options.cellCapacity, options.maxSequences);
    this.found = new Int32Array(options.batchCapacity);
    this.cellContext = newContext(ggml, 2 * shape.layers);
    const layers = Array.from({ length: shape.layers }, () =>
      newLayerCells(ggml, this.cellContext, options.cellType, shape, options.cellCapacity),
    );
    this.cellBuffer = ggml.backend_alloc_ctx_tensors_from_buft(this.cellContext, host);
    if (this.cellBuffer === null) {
      throw new FormworkError("model_unavailable", "There is no memory for the KV cells.");
    }
    this.rowBytes = layers[0].rowBytes;
    this.rows = layers.flatMap(({ keys, values }) =>
      [keys, values].map(
        (tensor) => new Uint8Array(koffi.view(ggml.get_data(tensor) as bigint, Number(ggml.nbytes(tensor)))),
      ),
    );
    this.cellBytes = this.rows.reduce((sum, { length }) => sum + length, 0);
    this.backend = ggml.backend_dev_init(device, null);
    this.setThreads(options.threads);
    this.allocator = ggml.gallocr_new(host);
    this.builder = new GraphBuilder(ggml, weights, layers, this.allocator);
    // The largest first: the memory that all graphs share is then seldom moved.
    this.graphOf(
      options.batchCapacity,
      Math.min(options.batchCapacity, options.logitRows),
      this.cellCapacity,
    );
  }

  setThreads(threads: number): void {
    this.ggml.setThreads(this.backend, threads);
  }

  decode(batch: TokenBatch): void {
    const { table, found } = this;
    const { count, rows } = batch;
    if (!table.find(found, count)) throw new FormworkError("internal", noRoom(count, this.cellCapacity));
    const end = Math.max(table.end, found[count - 1] + 1);
    const cells = Math.min(this.cellCapacity, Math.ceil(end / CELL_STEP) * CELL_STEP);
    const graph = this.graphOf(count, rows, cells);
    this.clearTo(cells);
    for (let i = 0; i < count; i++) table.take(found[i], batch.sequences[i], batch.positions[i]);
    let row = 0;
    for (let i = 0; i < count; i++) {
      graph.tokens[i] = batch.tokens[i];
      graph.positions[i] = batch.positions[i];
      graph.places[i] = BigInt(found[i]);
      table.maskRow(graph.mask, i * cells, cells, batch.sequences[i], batch.positions[i]);
      if (batch.wanted[i] !== 0) graph.outputs[row++] = i;
    }
    const status = Number(this.ggml.backend_graph_compute(this.backend, graph.graph));
    if (status !== 0) {
      throw new FormworkError("internal", `The backend failed to decode ${count} tokens (code ${status}).`);
    }
    this.last = graph;
  }

  logits(row: number): Float32Array {
    return this.last!.logits[row];
  }

  removeCells(sequence: number, from: number, to: number): void {
    this.table.remove(sequence, from, to < 0 ? OPEN_END : to);
  }

  copyCells(source: number, target: number, from: number, to: number): void {
    this.table.share(source, target, from, to < 0 ? OPEN_END : to);
  }

  saveCells(sequence: number, from: number, to: number): SavedCells {
    const cells = this.table.list(sequence, from, to < 0 ? OPEN_END : to);
    return CopiedCells.ofRows(this.rows, this.rowBytes, cells, from);
  }

  savePart(saved: SavedCells, from: number, to: number): SavedCells {
    return (saved as CopiedCells).part(from, to);
  }

  restoreCells(sequence: number, saved: SavedCells, from: number, to: number): void {
    const copy = saved as CopiedCells;
    const count = to - from;
    const cells = new Int32Array(count);
    if (!this.table.find(cells, count)) {
      throw new FormworkError("internal", noRoom(count, this.cellCapacity));
    }
    for (let i = 0; i < count; i++) this.table.take(cells[i], sequence, from + i);
    this.clearTo(this.table.end);
    copy.writeTo(this.rows, cells, from);
  }

  close(): void {
    const { ggml } = this;
    this.last = null;
    for (const graph of this.graphs.values()) graph.free();
    this.graphs.clear();
    ggml.gallocr_free(this.allocator);
    ggml.backend_free(this.backend);
    ggml.backend_buffer_free(this.cellBuffer);
    ggml.free(this.cellContext);
    this.weights.free();
  }

  /**
   * Has all cells before `end` hold numbers: attention may multiply what it then hides. Not all cells at once, because
   * memory that nobody touches costs nothing.
   */
  private clearTo(end: number): void {
    if (end <= this.written) return;
    for (const rows of this.rows) rows.fill(0, this.written * this.rowBytes, end * this.rowBytes);
    this.written = end;
  }

  private graphOf(tokens: number, rows: number, cells: number): ForwardGraph {
    const key = tokens + MAX_TOKENS * (rows + MAX_TOKENS * (cells / CELL_STEP));
    let graph = this.graphs.get(key);
    if (graph !== undefined) {
      this.graphs.delete(key);
      this.graphs.set(key, graph);
      return graph;
    }
    graph = this.builder.build({ tokens, rows, cells });
    const bytes = Number(this.ggml.gallocr_get_buffer_size(this.allocator, 0));
    // The memory was moved: what was made before points to where it was.
    if (bytes !== this.workBytes) this.freeGraphs(0);
    this.workBytes = bytes;
    this.freeGraphs(MAX_GRAPHS - 1);
    this.graphs.set(key, graph);
    return graph;
  }

  /** Frees the least recently used graphs until `left` are left. */
  private freeGraphs(left: number): void {
    for (const [key, graph] of this.graphs) {
      if (this.graphs.size <= left) return;
      graph.free();
      this.graphs.delete(key);
    }
  }
}
