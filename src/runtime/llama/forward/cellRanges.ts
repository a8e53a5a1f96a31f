/** Moves the content of `count` cells; source and target may overlap. */
export type MoveCells = (from: number, to: number, count: number) => void;

/**
 * Ranges start at multiples of this many cells. The kernels add up attention in at most 64 lanes, selected by the cell's
 * number. With aligned ranges, a position falls into the same lane wherever its range lies.
 */
export const CELL_ALIGNMENT = 64;

/**
 * Which KV cells each sequence has: one contiguous range, whose cell `i` holds position `i`. A token's
 * attention therefore reads only the cells of its sequence, in the order of their positions, and the result does not depend
 * on other sequences.
 *
 * A range that is full is extended in place. If another one is in the way, it moves to the middle of the largest gap; if no
 * gap is large enough, all ranges move, and the free cells are divided among them. There are a quarter more cells than
 * sequences may use, so that this is rare.
 */
export class CellRanges {
  /** Maximum sum of all lengths. */
  readonly capacity: number;
  /** Cells of memory. */
  readonly size: number;
  private used = 0;
  private readonly move: MoveCells;
  private readonly starts: Int32Array;
  private readonly lengths: Int32Array;
  /** Cells of each range, a multiple of the alignment. */
  private readonly reserved: Int32Array;
  /** The sequences that have cells, ordered by the start of their range. */
  private order: number[] = [];

  constructor(capacity: number, sequences: number, move: MoveCells) {
    this.capacity = capacity;
    this.size = memoryOf(capacity, sequences);
    this.move = move;
    this.starts = new Int32Array(sequences);
    this.lengths = new Int32Array(sequences);
    this.reserved = new Int32Array(sequences);
  }

  /** The cell of position 0 of `sequence`. */
  start(sequence: number): number {
    return this.starts[sequence];
  }

  length(sequence: number): number {
    return this.lengths[sequence];
  }

  /** Whether `count` more cells may be used. */
  hasRoom(count: number): boolean {
    return this.used + count <= this.capacity;
  }

  /** Adds `count` positions to `sequence`; requires room for them. Ranges may move, with what they hold. */
  extend(sequence: number, count: number): void {
    const cells = aligned(this.lengths[sequence] + count);
    if (cells > this.reserved[sequence] && !this.extendInPlace(sequence, cells))
      this.relocate(sequence, cells);
    this.lengths[sequence] += count;
    this.used += count;
  }

  /** Releases the positions of `sequence` from `length` on. */
  truncate(sequence: number, length: number): void {
    if (length >= this.lengths[sequence]) return;
    this.used -= this.lengths[sequence] - length;
    this.lengths[sequence] = length;
    this.reserved[sequence] = aligned(length);
    if (length === 0) this.order = this.order.filter((other) => other !== sequence);
  }

  private extendInPlace(sequence: number, cells: number): boolean {
    if (this.reserved[sequence] === 0) return false;
    const next = this.order[this.order.indexOf(sequence) + 1];
    const end = next === undefined ? this.size : this.starts[next];
    if (this.starts[sequence] + cells > end) return false;
    this.reserved[sequence] = cells;
    return true;
  }

  private relocate(sequence: number, cells: number): void {
    const { starts, lengths, reserved } = this;
    const others = this.order.filter((other) => other !== sequence);
    let [gapStart, gap, index] = [0, -1, 0];
    for (let i = 0, end = 0; i <= others.length; i++) {
      const next = i === others.length ? this.size : starts[others[i]];
      if (next - end > gap) [gapStart, gap, index] = [end, next - end, i];
      if (i < others.length) end = next + reserved[others[i]];
    }
    if (gap < cells) {
      this.respace(sequence, cells);
      return;
    }
    // In the middle, so that the range before it can grow, too.
    const start = index === 0 ? 0 : gapStart + alignedDown((gap - cells) >>> 1);
    if (lengths[sequence] > 0) this.move(starts[sequence], start, lengths[sequence]);
    starts[sequence] = start;
    reserved[sequence] = cells;
    this.order = [...others.slice(0, index), sequence, ...others.slice(index)];
  }

  /**
   * Reserves `cells` cells for `sequence` and divides the remaining free cells evenly among all ranges. All ranges move down
   * first, then up.
   */
  private respace(sequence: number, cells: number): void {
    const { starts, lengths, reserved, order } = this;
    if (reserved[sequence] === 0) {
      starts[sequence] = this.size;
      order.push(sequence);
    }
    let end = 0;
    for (const one of order) {
      this.moveTo(one, end);
      end += aligned(lengths[one]);
    }
    reserved[sequence] = cells;
    let total = 0;
    for (const one of order) total += reserved[one];
    const slack = alignedDown((this.size - total) / order.length);
    let start = total + slack * order.length;
    for (let i = order.length - 1; i >= 0; i--) {
      start -= reserved[order[i]] + slack;
      this.moveTo(order[i], start);
    }
  }

  private moveTo(sequence: number, start: number): void {
    const { starts, lengths } = this;
    if (starts[sequence] === start) return;
    if (lengths[sequence] > 0) this.move(starts[sequence], start, lengths[sequence]);
    starts[sequence] = start;
  }
}

/**
 * Number of cells to allocate if at most `capacity` are in use. It is an odd multiple of the alignment, so that the rows of
 * different components do not fall into the same sets of the CPU's cache.
 */
export function memoryOf(capacity: number, sequences: number): number {
  const wanted = aligned(capacity + (capacity >>> 2)) + CELL_ALIGNMENT * sequences;
  return (wanted / CELL_ALIGNMENT) % 2 === 1 ? wanted : wanted + CELL_ALIGNMENT;
}

const aligned = (cells: number): number => Math.ceil(cells / CELL_ALIGNMENT) * CELL_ALIGNMENT;
const alignedDown = (cells: number): number => Math.floor(cells / CELL_ALIGNMENT) * CELL_ALIGNMENT;
