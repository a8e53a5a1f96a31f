import { LimitError } from "../../errors.js";
import type { Content } from "../content/content.js";
import type { Rope } from "../rope.js";

/** Maximum number of elementary steps for the table of one machine. */
const WORK_LIMIT = 60_000_000;

/**
 * For each content state, the numbers of further code points after which the text may end: one row per length, one byte per state.
 * A row only depends on the previous one, so rows eventually repeat, and any length can be looked up in the existing rows. If
 * that takes too much work, only rows up to some length are kept; greater lengths count as possible if infinitely many texts follow,
 * and minimum lengths must then be within the rows.
 */
export class LengthSets {
  private readonly rows: Uint8Array[] = [];
  private readonly stateCount: number;
  /** Rows from `first` on repeat every `period` rows; 0 if no period has been found. */
  private first = 0;
  private period = 0;
  /** 1 for the states inside a character. */
  readonly isInside: Uint8Array;
  /** Endings, by length and state. */
  readonly ropes = new Map<number, Rope>();
  /**
   * The distinct successors of a state: by a leading byte at a character boundary, by a continuation byte inside a character. Those
   * of `state` are in `targets` from `starts[state]` to `starts[state + 1]`.
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

  /** Adds rows up to `most`, until they repeat or the work limit is reached. */
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
    // All relevant lengths are there.
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
    // A character has at most three continuation bytes.
    for (let pass = 0; pass < 3; pass++) {
      for (let state = 1; state < stateCount; state++)
        if (isInside[state] === 1 && row[state] === 0) row[state] = this.leadsInto(row, state);
    }
    return row;
  }

  /** 1 if a successor of the state is in the row. */
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

  /** The smallest number of code points from `least` to `most` after which the text can end; -1 if there is none. */
  fewest(state: number, least: number, most: number): number {
    const last = this.period > 0 ? Math.max(least, this.first) + this.period : this.rows.length - 1;
    const end = Math.min(most, last);
    for (let length = least; length <= end; length++) if (this.has(state, length)) return length;
    return -1;
  }

  reaches(state: number, least: number, most: number): boolean {
    if (this.fewest(state, least, most) >= 0) return true;
    // Beyond the rows: possible if the minimum length is within them and the text can end at all.
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
