import type { Content } from "../content/content.js";

/**
 * For each content state, the numbers of further code points after which the text may end, as far as bounds can ask:
 * `sets[length * stateCount + state]` is 1 where exactly `length` more code points can end it.
 */
export class LengthSets {
  private readonly sets: Uint8Array;
  private readonly most: number;
  private readonly stateCount: number;
  /** Over `WORK_LIMIT` only the least length is kept: exact for greatest lengths, hopeful for least ones. */
  private readonly least: Int32Array | undefined;

  constructor(content: Content, minLength: number, maxLength: number) {
    const { stateCount, classCount, next, classOf, label } = content;
    this.stateCount = stateCount;
    this.most = maxLength === Number.POSITIVE_INFINITY ? minLength + stateCount : maxLength;
    const leads: number[] = [];
    const continues: number[] = [];
    const seenLead = new Uint8Array(classCount);
    const seenContinue = new Uint8Array(classCount);
    for (let byte = 0; byte < 256; byte++) {
      const c = classOf[byte];
      if ((byte & 0xc0) === 0x80) {
        if (seenContinue[c]++ === 0) continues.push(c);
      } else if (seenLead[c]++ === 0) leads.push(c);
    }
    const isInside = new Uint8Array(stateCount);
    for (let state = 1; state < stateCount; state++) {
      isInside[state] = label[state] < 0 && !leads.some((c) => next[state * classCount + c] !== 0) ? 1 : 0;
    }
    const work = (this.most + 1) * stateCount * classCount;
    const layers =
      work > WORK_LIMIT ? Math.max(1, Math.floor(WORK_LIMIT / (stateCount * classCount))) : this.most + 1;
    this.sets = new Uint8Array(layers * stateCount);
    const { sets } = this;
    for (let length = 0; length < layers; length++) {
      const at = length * stateCount;
      for (let state = 1; state < stateCount; state++) {
        if (isInside[state] === 1) continue;
        if (length === 0) sets[at + state] = label[state] >= 0 ? 1 : 0;
        else {
          for (const c of leads) {
            const target = next[state * classCount + c];
            if (target !== 0 && sets[at - stateCount + target] === 1) {
              sets[at + state] = 1;
              break;
            }
          }
        }
      }
      for (let pass = 0; pass < 3; pass++) {
        for (let state = 1; state < stateCount; state++) {
          if (isInside[state] === 0 || sets[at + state] === 1) continue;
          for (const c of continues) {
            if (sets[at + next[state * classCount + c]] === 1) {
              sets[at + state] = 1;
              break;
            }
          }
        }
      }
    }
    if (layers <= this.most) {
      this.least = new Int32Array(stateCount).fill(0x3fffffff);
      for (let length = layers - 1; length >= 0; length--) {
        for (let state = 1; state < stateCount; state++)
          if (sets[length * stateCount + state] === 1) this.least[state] = length;
      }
    }
  }

  reaches(state: number, least: number, most: number): boolean {
    if (this.least !== undefined) return this.least[state] <= most;
    const end = Math.min(most, this.most);
    for (let length = least; length <= end; length++)
      if (this.sets[length * this.stateCount + state] === 1) return true;
    return false;
  }
}

const WORK_LIMIT = 20_000_000;
