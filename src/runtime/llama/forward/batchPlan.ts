import { FormworkError } from "../../../errors.js";
import type { TokenBatch } from "../tokenBatch.js";
import type { CellRanges } from "./cellRanges.js";
import type { Segment } from "./pass.js";

/** Attention reads a multiple of this many cells, so that few sizes of graphs occur. */
const CELL_STEP = 128;
/**
 * In a batch with other sequences, a shorter run of successive tokens is split into segments of one token. That costs a few
 * more products, but few combinations of sizes remain, so that their graphs are usually cached.
 */
const MIN_SEGMENT = 8;

/**
 * The order and the segments in which a batch is computed: first the segments of several tokens, then single tokens. All
 * single tokens attend to as many cells as the longest of their sequences needs.
 */
export class BatchPlan {
  /** The batch's tokens in the order of the segments, by their numbers. */
  readonly order: Int32Array;
  /** By token of the batch: its row of logits. Meaningless for tokens that ask for none. */
  readonly rowOf: Int32Array;
  segments: Segment[] = [];
  /** Identifies the segments: equal exactly for batches with equal segments. */
  key = "";

  /** 1 for tokens that form a segment by themselves. */
  private readonly isAlone: Uint8Array;

  constructor(capacity: number) {
    this.order = new Int32Array(capacity);
    this.rowOf = new Int32Array(capacity);
    this.isAlone = new Uint8Array(capacity);
  }

  /** Plans `batch`, and extends the range of each sequence by its tokens. */
  read(batch: TokenBatch, ranges: CellRanges): void {
    const { order, rowOf, isAlone } = this;
    const { size } = ranges;
    this.segments = [];
    this.key = "";
    let ordered = 0;
    let longest = 0;
    for (let from = 0, row = 0; from < batch.count; ) {
      const to = endOfRun(batch, from);
      extend(ranges, batch, from, to);
      for (let i = from; i < to; i++) if (batch.wanted[i] !== 0) rowOf[i] = row++;
      const length = batch.positions[to - 1] + 1;
      const isWhole = from === 0 && to === batch.count;
      const isSegment = isWhole || to - from >= MIN_SEGMENT;
      if (isSegment) {
        const segment = { tokens: to - from, cells: steps(length, size) };
        this.segments.push(segment);
        this.key += `${segment.tokens}:${segment.cells} `;
        for (let i = from; i < to; i++) order[ordered++] = i;
      } else if (length > longest) longest = length;
      isAlone.fill(isSegment ? 0 : 1, from, to);
      from = to;
    }
    const alone = batch.count - ordered;
    if (alone === 0) return;
    const segment = { tokens: 1, cells: steps(longest, size) };
    for (let i = 0; i < batch.count; i++) {
      if (isAlone[i] === 0) continue;
      this.segments.push(segment);
      order[ordered++] = i;
    }
    this.key += `${alone}x1:${segment.cells} `;
  }
}

/** The index after the run of successive tokens of one sequence that starts at `from`. */
function endOfRun({ count, sequences, positions }: TokenBatch, from: number): number {
  let to = from + 1;
  while (to < count && sequences[to] === sequences[from] && positions[to] === positions[to - 1] + 1) to++;
  return to;
}

function extend(ranges: CellRanges, { sequences, positions }: TokenBatch, from: number, to: number): void {
  const sequence = sequences[from];
  if (positions[from] !== ranges.length(sequence)) {
    throw new FormworkError(
      "internal",
      `Sequence ${sequence} has ${ranges.length(sequence)} positions; position ${positions[from]} does not follow.`,
    );
  }
  ranges.extend(sequence, to - from);
}

const steps = (cells: number, size: number): number =>
  Math.min(size, Math.ceil(cells / CELL_STEP) * CELL_STEP);
