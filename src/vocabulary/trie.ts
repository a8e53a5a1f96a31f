/**
 * A set of byte strings with payloads, laid out for depth-first walks.
 *
 * Node 0 is the root; nodes are in depth-first order, children sorted by byte. For node n:
 *   byte[n]   the byte on the edge into n
 *   end[n]    one past the last node of n's subtree; the next sibling of n, if it has one, is end[n]
 *   depth[n]  edges from the root
 *   first[n] ... first[n + 1]   the range of `payload` that holds the values of strings ending at n
 * So the children of n are c = n + 1; c < end[n]; c = end[c], and a subtree's payload is the one range
 * first[n] ... first[end[n]].
 */
export class Trie implements TrieTables {
  readonly byte: Uint8Array;
  readonly end: Int32Array;
  readonly depth: Int32Array;
  readonly first: Int32Array;
  readonly payload: Int32Array;
  readonly size: number;
  /** Child tables of nodes with many children, so that one child is found without a scan. */
  private readonly tables = new Map<number, Int32Array>();

  constructor({ byte, end, depth, first, payload }: TrieTables) {
    this.byte = byte;
    this.end = end;
    this.depth = depth;
    this.first = first;
    this.payload = payload;
    this.size = byte.length;
  }

  /** Builds the trie of byte strings and their values; equal strings may occur more than once. */
  static of(strings: readonly Uint8Array[], values: readonly number[]): Trie {
    const order = inOrder(strings);
    let capacity = 1;
    for (const s of strings) capacity += s.length;
    const byte = new Uint8Array(capacity);
    const end = new Int32Array(capacity);
    const depth = new Int32Array(capacity);
    const first = new Int32Array(capacity + 1);
    const payload = new Int32Array(values.length);
    const path: number[] = [0];
    let size = 1;
    let filled = 0;
    let previous: Uint8Array = new Uint8Array(0);
    for (const index of order) {
      const text = strings[index];
      let common = 0;
      while (common < previous.length && common < text.length && previous[common] === text[common]) common++;
      while (path.length > common + 1) end[path.pop()!] = size;
      for (let i = common; i < text.length; i++) {
        byte[size] = text[i];
        depth[size] = i + 1;
        first[size] = filled;
        path.push(size++);
      }
      payload[filled++] = values[index];
      previous = text;
    }
    while (path.length > 0) end[path.pop()!] = size;
    first[size] = filled;
    return new Trie({
      byte: byte.slice(0, size),
      end: end.slice(0, size),
      depth: depth.slice(0, size),
      first: first.slice(0, size + 1),
      payload,
    });
  }

  /** The child of `node` over `byte`, or -1. */
  child(node: number, byte: number): number {
    const table = this.tables.get(node);
    if (table !== undefined) return table[byte];
    const end = this.end[node];
    let seen = 0;
    for (let child = node + 1; child < end; child = this.end[child]) {
      if (this.byte[child] >= byte) return this.byte[child] === byte ? child : -1;
      if (++seen === 12) return this.makeTable(node)[byte];
    }
    return -1;
  }

  /** The node that `bytes`, from offset `from`, lead to from `node`; or -1. */
  find(bytes: Uint8Array, from = 0, node = 0): number {
    for (let i = from; i < bytes.length && node >= 0; i++) node = this.child(node, bytes[i]);
    return node;
  }

  private makeTable(node: number): Int32Array {
    const table = new Int32Array(256).fill(-1);
    for (let child = node + 1; child < this.end[node]; child = this.end[child])
      table[this.byte[child]] = child;
    this.tables.set(node, table);
    return table;
  }
}

/** The arrays of a trie. */
export interface TrieTables {
  readonly byte: Uint8Array;
  readonly end: Int32Array;
  readonly depth: Int32Array;
  readonly first: Int32Array;
  readonly payload: Int32Array;
}

/** Maximum number of indices that fit into a key with four bytes, so that a double represents both exactly. */
const INDEX_RANGE = 2 ** 21;

/**
 * Indices of `strings`, stably sorted by their bytes. Each key is a number with the first four bytes and the index: sorting numbers
 * is many times faster than using a comparison function, which is only needed for strings with equal first bytes.
 */
function inOrder(strings: readonly Uint8Array[]): Int32Array {
  const byBytes = (a: number, b: number) => compareBytes(strings[a], strings[b]) || a - b;
  if (strings.length > INDEX_RANGE) return Int32Array.from(strings.keys()).sort(byBytes);
  const keys = new Float64Array(strings.length);
  for (let i = 0; i < strings.length; i++) {
    const text = strings[i];
    let head = 0;
    for (let at = 0; at < 4; at++) head = head * 256 + (at < text.length ? text[at] : 0);
    keys[i] = head * INDEX_RANGE + i;
  }
  keys.sort();
  const order = new Int32Array(strings.length);
  for (let i = 0; i < order.length; i++) order[i] = keys[i] % INDEX_RANGE;
  for (let from = 0, to = 1; from < order.length; from = to++) {
    const head = Math.floor(keys[from] / INDEX_RANGE);
    while (to < order.length && Math.floor(keys[to] / INDEX_RANGE) === head) to++;
    if (to - from > 1) order.subarray(from, to).sort(byBytes);
  }
  return order;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
