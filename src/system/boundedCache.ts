export interface CacheBounds {
  maxEntries: number;
  /** Of what the entries hold, as `set` measures them. */
  maxBytes: number;
}

interface Entry<Value> {
  value: Value;
  bytes: number;
}

/** Values by text, bounded by their number and their bytes; the least recently used go first. */
export class BoundedCache<Value> {
  private readonly bounds: CacheBounds;
  // A Map iterates in the order of insertion: an entry that is used is inserted again.
  private readonly entries = new Map<string, Entry<Value>>();
  private held = 0;

  constructor(bounds: CacheBounds) {
    this.bounds = bounds;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.held;
  }

  /** The value of `key`, which counts as used now. */
  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /**
   * Keeps `value`, in place of an earlier one; call it again where a value has grown. A value that is larger than all
   * the cache may hold is not kept, and costs no other its place.
   */
  set(key: string, value: Value, bytes: number): void {
    this.delete(key);
    const { maxEntries, maxBytes } = this.bounds;
    if (bytes > maxBytes || maxEntries < 1) return;
    this.entries.set(key, { value, bytes });
    this.held += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= maxEntries && this.held <= maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.held -= entry.bytes;
  }

  clear(): void {
    this.entries.clear();
    this.held = 0;
  }
}
