/**
 * Which KV cell holds which position, and for which sequences.
 *
 * A cell is free (`position` -1), or it holds one position of one sequence or of several that share it: bit `s` of its
 * words in `owners`, `words` for each cell. Cells are taken from the lowest free one on, so that the same request finds
 * the same cells in an empty table.
 */
export class CellTable {
  readonly capacity: number;
  /** Cells from here on are free. */
  end = 0;

  private readonly words: number;
  private readonly position: Int32Array;
  private readonly owners: Uint32Array;

  constructor(capacity: number, sequences: number) {
    this.capacity = capacity;
    this.words = (sequences + 31) >>> 5;
    this.position = new Int32Array(capacity).fill(-1);
    this.owners = new Uint32Array(capacity * this.words);
  }

  /** Writes the lowest free cells into the first `count` places of `found`; false where there are fewer. */
  find(found: { [index: number]: number }, count: number): boolean {
    let at = 0;
    for (let cell = 0; at < count && cell < this.capacity; cell++) {
      if (this.position[cell] < 0) found[at++] = cell;
    }
    return at === count;
  }

  /** Gives a free cell to `sequence`. */
  take(cell: number, sequence: number, position: number): void {
    this.position[cell] = position;
    this.owners[cell * this.words + (sequence >>> 5)] |= 1 << (sequence & 31);
    if (cell >= this.end) this.end = cell + 1;
  }

  /** Releases what `sequence` holds at positions [from, to). */
  remove(sequence: number, from: number, to: number): void {
    const { words, position, owners } = this;
    const word = sequence >>> 5;
    const bit = 1 << (sequence & 31);
    for (let cell = 0; cell < this.end; cell++) {
      const at = cell * words;
      if ((owners[at + word] & bit) === 0 || position[cell] < from || position[cell] >= to) continue;
      owners[at + word] &= ~bit;
      let others = 0;
      for (let w = 0; w < words; w++) others |= owners[at + w];
      if (others === 0) position[cell] = -1;
    }
    while (this.end > 0 && position[this.end - 1] < 0) this.end--;
  }

  /** Has `target` share the cells of `source` at positions [from, to). */
  share(source: number, target: number, from: number, to: number): void {
    const { words, position, owners } = this;
    for (let cell = 0; cell < this.end; cell++) {
      if (!this.holds(cell, source) || position[cell] < from || position[cell] >= to) continue;
      owners[cell * words + (target >>> 5)] |= 1 << (target & 31);
    }
  }

  /** The cells of `sequence` at positions [from, to), by position. */
  list(sequence: number, from: number, to: number): Int32Array {
    const { position } = this;
    const cells: number[] = [];
    for (let cell = 0; cell < this.end; cell++) {
      if (this.holds(cell, sequence) && position[cell] >= from && position[cell] < to) cells.push(cell);
    }
    return Int32Array.from(cells.sort((a, b) => position[a] - position[b]));
  }

  /** Writes which of the first `cells` cells a token of `sequence` at `position` sees, as a row of an attention mask. */
  maskRow(row: Uint16Array, offset: number, cells: number, sequence: number, position: number): void {
    const { words, position: positions, owners } = this;
    const word = sequence >>> 5;
    const bit = 1 << (sequence & 31);
    for (let cell = 0; cell < cells; cell++) {
      // A free cell has no owner.
      const isSeen = (owners[cell * words + word] & bit) !== 0 && positions[cell] <= position;
      row[offset + cell] = isSeen ? SEEN : HIDDEN;
    }
  }

  private holds(cell: number, sequence: number): boolean {
    return (this.owners[cell * this.words + (sequence >>> 5)] & (1 << (sequence & 31))) !== 0;
  }
}

/** Half-precision 0 and minus infinity. */
export const SEEN = 0;
export const HIDDEN = 0xfc00;
