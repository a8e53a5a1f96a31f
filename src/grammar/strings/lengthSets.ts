import { LimitError } from "../../errors.js";
import type { Content } from "../content/content.js";
import type { Rope } from "../rope.js";

/** Elementary steps that the table of one machine may take. */
const WORK_LIMIT = 60_000_000;

/**
 * For each content state, the numbers of further code points after which the text may end: a row a length, one byte a
 * state. A row depends on the one before it alone, so the rows repeat themselves sooner or later: from then on lengths
 * of any size are looked up in the rows that are there. Where that takes too much work, rows up to a length are kept, and
 * what is longer counts as possible where texts without end follow; then least lengths must lie within the rows.
 */
export class LengthSets {
  private readonly rows: Uint8Array[] = [];
  private readonly stateCount: number;
  /** Rows from `first` on repeat themselves every `period` rows; 0 where that has not been found. */
  private first = 0;
  private period = 0;
  /** 1 for the states inside a character. */
  readonly isInside: Uint8Array;
  /** Ways to the end, by length and state. */
  readonly ropes = new Map<number, Rope>();
  /**
   * The states that a state leads to with one byte more, each once: of states between characters with a first byte, of those
   * inside one with a further byte. Those of `state` lie in `targets` from `starts[state]` to `starts[state + 1]`.
   */
  private readonly starts: Int32Array;
  private readonly targets: Int32Array;
  private readonly content: Content;

  constructor(content: Content, minLength: number, maxLength: number) {
    const { stateCount, classCount, next, classOf, label } = content;
    this.content = content;
    this.stateCount = stateCount;
    const leads = new Set<number>();
    const continues = new Set<number>();
    for (let byte = 0; byte < 256; byte++) ((byte & 0xc0) === 0x80 ? continues : leads).add(classOf[byte]);
    this.isInside = new Uint8Array(stateCount);
    this.starts = new Int32Array(stateCount + 1);
    const targets: number[] = [];
    const seenBy = new Int32Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      this.starts[state] = targets.length;
      const row = state * classCount;
      let goesOn = false;
      for (const c of leads) goesOn ||= next[row + c] !== 0;
      const isInside = label[state] < 0 && !goesOn;
      this.isInside[state] = isInside ? 1 : 0;
      for (const c of isInside ? continues : leads) {
        const target = next[row + c];
        if (target === 0 || seenBy[target] === state) continue;
        seenBy[target] = state;
        targets.push(target);
      }
    }
    this.starts[stateCount] = targets.length;
    this.targets = Int32Array.from(targets);
    this.fill(maxLength === Number.POSITIVE_INFINITY ? minLength + stateCount : maxLength);
    if (this.period === 0 && minLength >= this.rows.length) {
      throw new LimitError(
        "compileWork",
        `Strings of ${minLength} characters or more that match this pattern take too much work to follow.`,
        "",
        "minLength",
      );
    }
  }

  /** Adds rows up to `most`, until they repeat themselves or the work is too much. */
  private fill(most: number): void {
    const perRow = this.stateCount * this.content.classCount;
    const byHash = new Map<number, number[]>();
    let row: Uint8Array | undefined;
    for (let length = 0, work = 0; length <= most; length++) {
      if (length > 0 && (work += perRow) > WORK_LIMIT) return;
      row = this.nextRow(row);
      const hash = hashOf(row);
      const alike = byHash.get(hash);
      const same = alike?.find((earlier) => areEqual(this.rows[earlier], row!));
      if (same !== undefined) {
        this.first = same;
        this.period = length - same;
        return;
      }
      this.rows.push(row);
      if (alike === undefined) byHash.set(hash, [length]);
      else alike.push(length);
    }
    // All lengths that can be asked for are there.
    this.period = 0;
  }

  private nextRow(before: Uint8Array | undefined): Uint8Array {
    const { isInside, stateCount } = this;
    const { label } = this.content;
    const row = new Uint8Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      if (isInside[state] === 1) continue;
      row[state] = before === undefined ? (label[state] >= 0 ? 1 : 0) : this.leadsInto(before, state);
    }
    // A character has at most three bytes after its first.
    for (let pass = 0; pass < 3; pass++) {
      for (let state = 1; state < stateCount; state++)
        if (isInside[state] === 1 && row[state] === 0) row[state] = this.leadsInto(row, state);
    }
    return row;
  }

  /** 1 where the state leads to one of the row. */
  private leadsInto(row: Uint8Array, state: number): number {
    const { starts, targets } = this;
    for (let i = starts[state]; i < starts[state + 1]; i++) if (row[targets[i]] === 1) return 1;
    return 0;
  }

  /** Whether exactly `length` more code points can end the text. */
  has(state: number, length: number): boolean {
    if (length < this.rows.length) return this.rows[length][state] === 1;
    if (this.period > 0) return this.rows[this.first + ((length - this.first) % this.period)][state] === 1;
    return false;
  }

  /** The fewest code points from `least` to `most` that can end the text; -1 where there are none. */
  fewest(state: number, least: number, most: number): number {
    const last = this.period > 0 ? Math.max(least, this.first) + this.period : this.rows.length - 1;
    const end = Math.min(most, last);
    for (let length = least; length <= end; length++) if (this.has(state, length)) return length;
    return -1;
  }

  reaches(state: number, least: number, most: number): boolean {
    if (this.fewest(state, least, most) >= 0) return true;
    // Beyond the rows: where the least length is within them and the text can end at all.
    return this.period === 0 && most >= this.rows.length && this.fewest(state, 0, most) >= 0;
  }

  get byteLength(): number {
    return this.rows.length * (this.stateCount + 64);
  }
}

function hashOf(row: Uint8Array): number {
  let hash = 0;
  for (let i = 0; i < row.length; i++) hash = (Math.imul(hash, 31) + row[i]) | 0;
  return hash;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
