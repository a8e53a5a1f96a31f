import type { Trie } from "./trie.js";

/** Words of a set of characters as `Subtrees` tells them apart: ASCII characters, then leading bytes from C0 on. */
export const SET_WORDS = 6;
const LEADS_AT = 4 * 32 - 0xc0;

/** Adds to a set an ASCII character, or all characters that begin with a byte. */
export function addToSet(set: Int32Array, byte: number, at = 0): void {
  const bit = byte < 0x80 ? byte : byte + LEADS_AT;
  set[at + (bit >>> 5)] |= 1 << (bit & 31);
}

/**
 * What stands below each node of a trie: enough to see that a subtree holds nothing but characters of some set, without
 * a walk through it. Node n has
 *   sets[6 * n] ... sets[6 * n + 5]   the bytes below it that begin a character; the byte on the edge into n is none
 *   broken[n]                         1 where some path to or below it is not UTF-8
 *   height[n]                         edges to the deepest node below
 */
export class Subtrees {
  private readonly sets: Int32Array;
  private readonly broken: Uint8Array;
  private readonly height: Uint16Array;

  constructor(trie: Trie) {
    const { size, byte, end } = trie;
    this.sets = new Int32Array(size * SET_WORDS);
    this.broken = markBroken(trie);
    this.height = new Uint16Array(size);
    const { sets, broken, height } = this;
    // Children stand behind their parents: from the back, each node is whole before its parent takes it in.
    for (let node = size - 1; node >= 0; node--) {
      const at = node * SET_WORDS;
      for (let child = node + 1; child < end[node]; child = end[child]) {
        for (let word = 0; word < SET_WORDS; word++) sets[at + word] |= sets[child * SET_WORDS + word];
        if (byte[child] < 0x80 || byte[child] >= 0xc0) addToSet(sets, byte[child], at);
        broken[node] |= broken[child];
        if (height[child] >= height[node]) height[node] = height[child] + 1;
      }
    }
  }

  /** Whether everything below `node`, which stands between two characters, is UTF-8 made of characters of the set. */
  holdsOnly(node: number, set: Int32Array): boolean {
    if (this.broken[node] === 1) return false;
    const { sets } = this;
    const at = node * SET_WORDS;
    for (let word = 0; word < SET_WORDS; word++) if ((sets[at + word] & ~set[word]) !== 0) return false;
    return true;
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
  const broken = new Uint8Array(size);
  const states = new Uint8Array(size);
  states[0] = BETWEEN;
  for (let node = 0; node < size; node++) {
    if (states[node] === INVALID) broken[node] = 1;
    for (let child = node + 1; child < end[node]; child = end[child])
      states[child] = utf8Step(states[node], byte[child]);
  }
  return broken;
}
