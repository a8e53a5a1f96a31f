import type { Content } from "./content.js";

/** Characters that lead from a state of a string back to it, spelled as themselves. */
export interface Loops {
  /** ASCII characters, a bit each in four words; the quote, the backslash and control characters are none. */
  readonly ascii: Int32Array;
  /** All characters beyond ASCII do. */
  readonly others: boolean;
}

/** Leading bytes of UTF-8, with the number of continuation bytes and the range of the first of them (RFC 3629, section 4). */
const SEQUENCES: readonly [first: number, last: number, count: number, from: number, to: number][] = [
  [0xc2, 0xdf, 1, 0x80, 0xbf],
  [0xe0, 0xe0, 2, 0xa0, 0xbf],
  [0xe1, 0xec, 2, 0x80, 0xbf],
  [0xed, 0xed, 2, 0x80, 0x9f],
  [0xee, 0xef, 2, 0x80, 0xbf],
  [0xf0, 0xf0, 3, 0x90, 0xbf],
  [0xf1, 0xf3, 3, 0x80, 0xbf],
  [0xf4, 0xf4, 3, 0x80, 0x8f],
];

export function findLoops(content: Content, state: number): Loops {
  const ascii = new Int32Array(4);
  for (let byte = 0x20; byte < 0x80; byte++) {
    if (byte === 0x22 || byte === 0x5c) continue;
    if (step(content, state, byte) === state) ascii[byte >>> 5] |= 1 << (byte & 31);
  }
  return { ascii, others: othersLoop(content, state) };
}

function othersLoop(content: Content, state: number): boolean {
  for (const [first, last, count, from, to] of SEQUENCES) {
    const targets = new Set<number>();
    for (let byte = first; byte <= last; byte++) targets.add(step(content, state, byte));
    for (const target of targets) if (!leadsBack(content, target, state, count, from, to)) return false;
  }
  return true;
}

/** Whether all of `count` continuation bytes, the first in [from, to], lead to `state`. */
function leadsBack(
  content: Content,
  at: number,
  state: number,
  count: number,
  from: number,
  to: number,
): boolean {
  const targets = new Set<number>();
  for (let byte = from; byte <= to; byte++) targets.add(step(content, at, byte));
  for (const target of targets) {
    if (count === 1 ? target !== state : !leadsBack(content, target, state, count - 1, 0x80, 0xbf))
      return false;
  }
  return true;
}

function step({ next, classOf, classCount }: Content, state: number, byte: number): number {
  return next[state * classCount + classOf[byte]];
}
