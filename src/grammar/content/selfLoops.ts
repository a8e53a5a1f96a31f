import type { Content } from "./content.js";

/** Leading bytes of UTF-8, with the number of continuation bytes and the range of the first of them (RFC 3629, section 4). */
export const SEQUENCES: readonly [first: number, last: number, count: number, from: number, to: number][] = [
  [0xc2, 0xdf, 1, 0x80, 0xbf],
  [0xe0, 0xe0, 2, 0xa0, 0xbf],
  [0xe1, 0xec, 2, 0x80, 0xbf],
  [0xed, 0xed, 2, 0x80, 0x9f],
  [0xee, 0xef, 2, 0x80, 0xbf],
  [0xf0, 0xf0, 3, 0x90, 0xbf],
  [0xf1, 0xf3, 3, 0x80, 0xbf],
  [0xf4, 0xf4, 3, 0x80, 0x8f],
];

/**
 * Finds the characters, spelled without escapes, that lead from a state back to itself. Calls `add` with each such ASCII character
 * (except the quote, the backslash and control characters), and with each leading byte all of whose characters do.
 */
export function findLoops(content: Content, state: number, add: (byte: number) => void): void {
  for (let byte = 0x20; byte < 0x80; byte++)
    if (byte !== 0x22 && byte !== 0x5c && step(content, state, byte) === state) add(byte);
  for (const [first, last, count, from, to] of SEQUENCES) {
    let target = -1;
    let leads = false;
    for (let byte = first; byte <= last; byte++) {
      const next = step(content, state, byte);
      if (next !== target) leads = leadsBack(content, next, state, count, from, to);
      target = next;
      if (leads) add(byte);
    }
  }
}

/** Whether all of `count` continuation bytes, the first of them in [from, to], lead to `state`. */
function leadsBack(
  content: Content,
  at: number,
  state: number,
  count: number,
  from: number,
  to: number,
): boolean {
  if (at === 0) return false;
  let before = -1;
  for (let byte = from; byte <= to; byte++) {
    const target = step(content, at, byte);
    if (target === before) continue;
    before = target;
    if (count === 1 ? target !== state : !leadsBack(content, target, state, count - 1, 0x80, 0xbf))
      return false;
  }
  return true;
}

function step({ next, classOf, classCount }: Content, state: number, byte: number): number {
  return next[state * classCount + classOf[byte]];
}
