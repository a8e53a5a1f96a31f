import type { Trie } from "./trie.js";

/** Words of a set of characters: bits for ASCII characters, then for leading bytes from C0. */
export const SET_WORDS = 6;
const LEADS_AT = 4 * 32 - 0xc0;

/** Adds an ASCII character, or all characters with a leading byte, to a set. */
export function addToSet(set: Int32Array, byte: number, at = 0): void {
  const bit = byte < 0x80 ? byte : byte + LEADS_AT;
  set[at + (bit >>> 5)] |= 1 << (bit & 31);
}

/** Bits of the height in a record; greater heights are stored as the maximum. */
const HEIGHT_BITS = 11;
const MAX_HEIGHT = (1 << HEIGHT_BITS) - 1;
/** Maximum number of different sets; nodes with further ones count as not UTF-8, so that they are not accepted whole. */
const MAX_SETS = 1 << (31 - HEIGHT_BITS);

/**
 * A trie laid out for walks that accept whole subtrees: each node has a summary of what is below it, which shows whether a subtree
 * only contains characters of some set.
 *
 * A node takes four words, so that a visit reads one cache line. For node n:
 *   records[4 * n]       the byte on the edge into n, and from bit 8 its depth
 *   records[4 * n + 1]   one past the last node of its subtree
 *   records[4 * n + 2]   summary of what is below: 0 for nothing, -1 if some path to or below it is not UTF-8, else the
 *                        number of edges to the deepest node below (11 bits) and from bit 11 the number of a set
 *   records[4 * n + 3]   its first token, as in the trie; an additional node marks the end of the last tokens
 * Set s is sets[6 * s] ... sets[6 * s + 5]: the leading bytes of characters below the node, excluding the edge into it.
 * Equal sets share a number, so that all sets fit into a fast cache; set 0 is empty.
 */
export class Subtrees implements SubtreeTables {
  readonly records: Int32Array;
  readonly marks: Int32Array;
  readonly sets: Int32Array;

  constructor({ records, marks, sets }: SubtreeTables) {
    this.records = records;
    this.marks = marks;
    this.sets = sets;
  }

  static of(trie: Trie): Subtrees {
    return new Subtrees(new SubtreeBuilder(trie));
  }

  /** Whether everything below `node`, at a character boundary, is UTF-8 with characters of the set only. */
  holdsOnly(node: number, set: Int32Array): boolean {
    return isWhole(this.sets, this.records[node * 4 + 2], set);
  }
}

/** The arrays of `Subtrees`. */
export interface SubtreeTables {
  readonly records: Int32Array;
  /**
   * By node: the first node, itself or a later one, whose byte is a quote or a backslash preceded by complete characters only, none of
   * them a control character. If all other characters lead back to the same state, a walk only needs to visit these nodes.
   */
  readonly marks: Int32Array;
  readonly sets: Int32Array;
}

class SubtreeBuilder implements SubtreeTables {
  readonly records: Int32Array;
  readonly marks: Int32Array;
  sets = new Int32Array(1024 * SET_WORDS);
  private count = 1;

  constructor(trie: Trie) {
    const { size, byte, end, depth, first } = trie;
    this.records = new Int32Array((size + 1) * 4);
    const { records } = this;
    records[size * 4 + 3] = first[size];
    const broken = markBroken(trie);
    this.marks = findMarks(trie, broken);
    const union = new Int32Array(SET_WORDS);
    const table = new SetTable();
    // Children come after their parents, so in reverse order each node is complete before its parent includes it.
    for (let node = size - 1; node >= 0; node--) {
      const at = node * 4;
      records[at] = byte[node] | (depth[node] << 8);
      records[at + 1] = end[node];
      records[at + 3] = first[node];
      if (end[node] === node + 1) {
        records[at + 2] = broken[node] === 1 ? -1 : 0;
        continue;
      }
      let isBroken = broken[node] === 1;
      let height = 0;
      union.fill(0);
      for (let child = node + 1; child < end[node]; child = end[child]) {
        const below = records[child * 4 + 2];
        if (byte[child] < 0x80 || byte[child] >= 0xc0) addToSet(union, byte[child]);
        if (below < 0) isBroken = true;
        else {
          const from = (below >>> HEIGHT_BITS) * SET_WORDS;
          for (let word = 0; word < SET_WORDS; word++) union[word] |= this.sets[from + word];
        }
        height = Math.max(height, (below < 0 ? 0 : below & MAX_HEIGHT) + 1);
      }
      const set = isBroken ? MAX_SETS : this.intern(union, table);
      records[at + 2] = set >= MAX_SETS ? -1 : (set << HEIGHT_BITS) | Math.min(height, MAX_HEIGHT);
    }
  }

  private intern(set: Int32Array, table: SetTable): number {
    const found = table.find(this.sets, set, this.count);
    if (found < this.count) return found;
    if ((found + 1) * SET_WORDS > this.sets.length) {
      const larger = new Int32Array(this.sets.length * 2);
      larger.set(this.sets);
      this.sets = larger;
    }
    this.sets.set(set, found * SET_WORDS);
    this.count++;
    return found;
  }
}

/** Whether a set has all characters except the quote, the backslash and control characters. */
export function isFull(set: Int32Array): boolean {
  for (let word = 0; word < SET_WORDS; word++) if ((FULL_SET[word] & ~set[word]) !== 0) return false;
  return true;
}

/** All characters except the quote, the backslash and control characters. */
export const FULL_SET = new Int32Array(SET_WORDS);
for (let byte = 0x20; byte < 0x80; byte++) if (byte !== 0x22 && byte !== 0x5c) addToSet(FULL_SET, byte);
for (let byte = 0xc2; byte < 0xf5; byte++) addToSet(FULL_SET, byte);

function findMarks({ size, byte, end }: Trie, broken: Uint8Array): Int32Array {
  const hasControl = new Uint8Array(size);
  for (let node = 0; node < size; node++) {
    for (let child = node + 1; child < end[node]; child = end[child])
      hasControl[child] = hasControl[node] | (byte[child] < 0x20 ? 1 : 0);
  }
  const marks = new Int32Array(size + 1);
  marks[size] = size;
  for (let node = size - 1; node >= 0; node--) {
    const isMark = node > 0 && (byte[node] === 0x22 || byte[node] === 0x5c);
    marks[node] = isMark && broken[node] === 0 && hasControl[node] === 0 ? node : marks[node + 1];
  }
  return marks;
}

/** From a record's summary: the number of edges to the deepest node, at most 2,047. */
export function heightOf(below: number): number {
  return below & MAX_HEIGHT;
}

/** From a record's summary: whether everything below is UTF-8 with characters of `set` only; `sets` are the records' sets. */
export function isWhole(sets: Int32Array, below: number, set: Int32Array): boolean {
  if (below < 0) return false;
  const at = (below >>> HEIGHT_BITS) * SET_WORDS;
  for (let word = 0; word < SET_WORDS; word++) if ((sets[at + word] & ~set[word]) !== 0) return false;
  return true;
}

/** Numbers of sets by content: open addressing; a slot has the number plus one, or 0 if empty. */
class SetTable {
  private slots = new Int32Array(4096);
  private used = 0;

  /** The number of `set` among `sets`; a new set gets the number `next`. */
  find(sets: Int32Array, set: Int32Array, next: number): number {
    if (this.used * 2 > this.slots.length) this.grow(sets);
    const { slots } = this;
    const mask = slots.length - 1;
    for (let slot = hashOf(set, 0) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot] - 1;
      if (number < 0) {
        slots[slot] = next + 1;
        this.used++;
        return next;
      }
      let word = 0;
      while (word < SET_WORDS && sets[number * SET_WORDS + word] === set[word]) word++;
      if (word === SET_WORDS) return number;
    }
  }

  private grow(sets: Int32Array): void {
    const old = this.slots;
    this.slots = new Int32Array(old.length * 2);
    const mask = this.slots.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      let slot = hashOf(sets, (entry - 1) * SET_WORDS) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry;
    }
  }
}

function hashOf(words: Int32Array, at: number): number {
  let hash = 0;
  for (let word = 0; word < SET_WORDS; word++) {
    hash = Math.imul(hash ^ words[at + word], 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash;
}

// Position in a UTF-8 sequence (RFC 3629, section 4): at a character boundary, or before a number of continuation bytes, the
// first of which has a narrower range after some leading bytes.
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
