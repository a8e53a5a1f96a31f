import { FormworkError } from "../../../errors.js";
import type { TokenBatch } from "../tokenBatch.js";
import type { CellRanges } from "./cellRanges.js";
import type { Segment } from "./pass.js";

/** Attention looks at a multiple of so many cells, so that graphs are made for few sizes. */
const CELL_STEP = 128;
/**
 * Fewer successive tokens of one sequence, in a batch with others, are segments of their own: a few products more, but batches
 * of few kinds, whose graphs are made already.
 */
const MIN_SEGMENT = 8;

/**
 * How a batch is computed: in which order, and in which segments. First the segments of several tokens, then those of one
 * token each, all of which look at as many cells as the longest of them.
 */
export class BatchPlan {
  /** The batch's tokens in the order of the segments, by their numbers. */
  readonly order: Int32Array;
  /** Of each token that asks for logits, its row of logits. */
  readonly rowOf: Int32Array;
  segments: Segment[] = [];
  /** The same for all batches with the same segments. */
  key = "";

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

/** The end of the successive tokens of one sequence that begin with `from`. */
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
