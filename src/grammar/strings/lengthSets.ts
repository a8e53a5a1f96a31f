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
  private readonly leads: readonly number[];
  private readonly continues: readonly number[];
  private readonly content: Content;

  constructor(content: Content, minLength: number, maxLength: number) {
    const { stateCount, classCount, next, classOf, label } = content;
    this.content = content;
    this.stateCount = stateCount;
    const leads = new Set<number>();
    const continues = new Set<number>();
    for (let byte = 0; byte < 256; byte++) ((byte & 0xc0) === 0x80 ? continues : leads).add(classOf[byte]);
    this.leads = [...leads];
    this.continues = [...continues];
    this.isInside = new Uint8Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      const goesOn = this.leads.some((c) => next[state * classCount + c] !== 0);
      this.isInside[state] = label[state] < 0 && !goesOn ? 1 : 0;
    }
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
    const { stateCount, classCount, next, label } = this.content;
    const row = new Uint8Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      if (this.isInside[state] === 1) continue;
      if (before === undefined) row[state] = label[state] >= 0 ? 1 : 0;
      else row[state] = this.leads.some((c) => before[next[state * classCount + c]] === 1) ? 1 : 0;
    }
    // A character has at most three bytes after its first.
    for (let pass = 0; pass < 3; pass++) {
      for (let state = 1; state < stateCount; state++) {
        if (this.isInside[state] === 0 || row[state] === 1) continue;
        if (this.continues.some((c) => row[next[state * classCount + c]] === 1)) row[state] = 1;
      }
    }
    return row;
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
