/**
 * Assigns consecutive ids to tuples of integers; equal tuples get the same id.
 * The tuples are stored consecutively in `pool`; tuple `id` spans `starts[id]` to `starts[id + 1]`.
 * `slots` is an open hash table of ids plus one, 0 for a free slot, at most half full.
 */
export class TupleTable {
  pool: Int32Array;
  starts: Int32Array;
  count = 0;
  /** Whether the last `intern` added a new tuple. */
  added = false;
  private slots: Int32Array;
  private hashes: Int32Array;

  constructor(tuples = 64, integers = 256) {
    this.pool = new Int32Array(integers);
    this.starts = new Int32Array(tuples + 1);
    this.hashes = new Int32Array(tuples);
    let size = 16;
    while (size < tuples * 2) size *= 2;
    this.slots = new Int32Array(size);
  }

  /** The id of the tuple in the first `length` elements of `tuple`. */
  intern(tuple: Int32Array, length: number): number {
    let hash = length;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ tuple[i], 0x9e3779b1) ^ (hash >>> 15);
    hash ^= hash >>> 13;
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (let held = this.slots[slot]; held !== 0; held = this.slots[slot]) {
      const id = held - 1;
      if (this.hashes[id] === hash && this.equals(id, tuple, length)) {
        this.added = false;
        return id;
      }
      slot = (slot + 1) & mask;
    }
    this.added = true;
    this.slots[slot] = this.count + 1;
    return this.append(tuple, length, hash);
  }

  private equals(id: number, tuple: Int32Array, length: number): boolean {
    const start = this.starts[id];
    if (this.starts[id + 1] - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.pool[start + i] !== tuple[i]) return false;
    return true;
  }

  private append(tuple: Int32Array, length: number, hash: number): number {
    const id = this.count++;
    const start = this.starts[id];
    if (start + length > this.pool.length) {
      this.pool = resized(this.pool, Math.max(this.pool.length * 2, start + length));
    }
    for (let i = 0; i < length; i++) this.pool[start + i] = tuple[i];
    if (id >= this.hashes.length) {
      this.hashes = resized(this.hashes, this.hashes.length * 2);
      this.starts = resized(this.starts, this.hashes.length + 1);
    }
    this.starts[id + 1] = start + length;
    this.hashes[id] = hash;
    if (this.count * 2 > this.slots.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.hashes[id] & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.slots = slots;
  }
}

/** A longer copy. */
export function resized(array: Int32Array, length: number): Int32Array {
  const copy = new Int32Array(length);
  copy.set(array.subarray(0, Math.min(array.length, length)));
  return copy;
}
