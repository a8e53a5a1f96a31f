import type { ByteAutomaton } from "./automata/automaton.js";

/** Compiled automata by key, the least recently used dropped first, bounded by the bytes of their tables. */
export class AutomatonCache {
  private readonly limit: number;
  private readonly entries = new Map<string, ByteAutomaton>();
  private held = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get(key: string): ByteAutomaton | undefined {
    const automaton = this.entries.get(key);
    if (automaton !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, automaton);
    }
    return automaton;
  }

  set(key: string, automaton: ByteAutomaton): void {
    const size = sizeOf(key, automaton);
    if (size > this.limit || this.entries.has(key)) return;
    this.entries.set(key, automaton);
    this.held += size;
    for (const [oldKey, old] of this.entries) {
      if (this.held <= this.limit) break;
      this.entries.delete(oldKey);
      this.held -= sizeOf(oldKey, old);
    }
  }

  /** The automaton of `key`, built where it is not there. */
  take(key: string, build: () => ByteAutomaton): ByteAutomaton {
    let automaton = this.get(key);
    if (automaton === undefined) {
      automaton = build();
      this.set(key, automaton);
    }
    return automaton;
  }

  /** Bytes in use. */
  get byteLength(): number {
    return this.held;
  }
}

/** Tables, key, and a round figure for the objects that hold them. */
function sizeOf(key: string, automaton: ByteAutomaton): number {
  return automaton.byteLength + key.length * 2 + 512;
}

/** The automata of patterns and formats, for the whole process. */
export const automata = new AutomatonCache(32 << 20);
