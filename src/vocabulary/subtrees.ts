import type { Trie } from "./trie.js";

/** Some byte below the node is not ASCII. */
const OTHER = 1;
/** Some path to or below the node is not UTF-8. */
const BROKEN = 2;

/**
 * What stands below each node of a trie: enough to see that a subtree holds nothing but bytes of some set, without a
 * walk through it. Node n has
 *   ascii[4 * n] ... ascii[4 * n + 3]   the ASCII bytes below it, one bit each; the byte on the edge into n is none
 *   flags[n]                            `OTHER`, `BROKEN`
 *   height[n]                           edges to the deepest node below
 */
export class Subtrees {
  private readonly ascii: Int32Array;
  private readonly flags: Uint8Array;
  private readonly height: Uint16Array;

  constructor(trie: Trie) {
    const { size, byte, end } = trie;
    this.ascii = new Int32Array(size * 4);
    this.flags = markBroken(trie);
    this.height = new Uint16Array(size);
    const { ascii, flags, height } = this;
    // Children stand behind their parents: from the back, each node is whole before its parent takes it in.
    for (let node = size - 1; node >= 0; node--) {
      for (let child = node + 1; child < end[node]; child = end[child]) {
        const value = byte[child];
        for (let word = 0; word < 4; word++) ascii[node * 4 + word] |= ascii[child * 4 + word];
        if (value < 0x80) ascii[node * 4 + (value >>> 5)] |= 1 << (value & 31);
        else flags[node] |= OTHER;
        flags[node] |= flags[child];
        if (height[child] >= height[node]) height[node] = height[child] + 1;
      }
    }
  }

  /**
   * Whether everything below `node`, which stands between two characters, is UTF-8 made of the ASCII bytes in
   * `allowed` (four words) and, where `others` says so, of any characters beyond them.
   */
  holdsOnly(node: number, allowed: Int32Array, others: boolean): boolean {
    const flags = this.flags[node];
    if ((flags & BROKEN) !== 0 || (!others && flags !== 0)) return false;
    const { ascii } = this;
    const at = node * 4;
    return (
      (ascii[at] & ~allowed[0]) === 0 &&
      (ascii[at + 1] & ~allowed[1]) === 0 &&
      (ascii[at + 2] & ~allowed[2]) === 0 &&
      (ascii[at + 3] & ~allowed[3]) === 0
    );
  }

  heightOf(node: number): number {
    return this.height[node];
  }
}

// Where a text stands in a UTF-8 sequence (RFC 3629, section 4): between characters, or before so many continuation
// bytes, of which the first is narrower after some leading bytes.
const INVALID = 0;
const BETWEEN = 1;
const ONE_MORE = 2;
const TWO_MORE = 3;
const THREE_MORE = 4;
const AFTER_E0 = 5;
const AFTER_ED = 6;
const AFTER_F0 = 7;
const AFTER_F4 = 8;

function utf8Step(state: number, byte: number): number {
  if (state === BETWEEN) {
    if (byte < 0x80) return BETWEEN;
    if (byte < 0xc2) return INVALID;
    if (byte < 0xe0) return ONE_MORE;
    if (byte < 0xf0) return byte === 0xe0 ? AFTER_E0 : byte === 0xed ? AFTER_ED : TWO_MORE;
    return byte > 0xf4 ? INVALID : byte === 0xf0 ? AFTER_F0 : byte === 0xf4 ? AFTER_F4 : THREE_MORE;
  }
  if (byte < 0x80 || byte > 0xbf) return INVALID;
  switch (state) {
    case ONE_MORE:
      return BETWEEN;
    case TWO_MORE:
      return ONE_MORE;
    case THREE_MORE:
      return TWO_MORE;
    case AFTER_E0:
      return byte >= 0xa0 ? ONE_MORE : INVALID;
    case AFTER_ED:
      return byte < 0xa0 ? ONE_MORE : INVALID;
    case AFTER_F0:
      return byte >= 0x90 ? TWO_MORE : INVALID;
    case AFTER_F4:
      return byte < 0x90 ? TWO_MORE : INVALID;
    default:
      return INVALID;
  }
}

function markBroken({ size, byte, end }: Trie): Uint8Array {
  const flags = new Uint8Array(size);
  const states = new Uint8Array(size);
  states[0] = BETWEEN;
  for (let node = 0; node < size; node++) {
    if (states[node] === INVALID) flags[node] = BROKEN;
    for (let child = node + 1; child < end[node]; child = end[child])
      states[child] = utf8Step(states[node], byte[child]);
  }
  return flags;
}
