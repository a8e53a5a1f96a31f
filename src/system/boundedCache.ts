export interface CacheBounds {
  maxEntries: number;
  /** Maximum size of all entries, as passed to `set`. */
  maxBytes: number;
}

interface Entry<Value> {
  value: Value;
  bytes: number;
}

/** Values by text, limited in number and bytes; the least recently used are evicted first. */
export class BoundedCache<Value> {
  private readonly bounds: CacheBounds;
  // A Map iterates in insertion order, so a used entry is inserted again.
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

  /** The value of `key`; marks it as used. */
  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /**
   * Stores `value`, replacing an earlier one; call it again if a value has grown. A value larger than the whole cache is not stored
   * and evicts nothing.
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
