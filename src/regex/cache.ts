import type { ByteAutomaton } from "./automata/automaton.js";
import { decodeAutomaton } from "./automata/tables.js";
import type { WorkCounter } from "./limits.js";

interface Entry {
  readonly automaton: ByteAutomaton;
  /** Work of building it. */
  readonly work: number;
}

/** Compiled automata by key, bounded by the size of their tables; the least recently used are evicted first. */
export class AutomatonCache {
  private readonly limit: number;
  private readonly entries = new Map<string, Entry>();
  /** Prebuilt automata, as texts. */
  private readonly prepared = new Map<string, string>();
  private held = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get(key: string): ByteAutomaton | undefined {
    return this.find(key)?.automaton;
  }

  private find(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, entry);
    }
    return entry;
  }

  set(key: string, automaton: ByteAutomaton, work = 0): void {
    const size = sizeOf(key, automaton);
    if (size > this.limit || this.entries.has(key)) return;
    this.entries.set(key, { automaton, work });
    this.held += size;
    for (const [oldKey, old] of this.entries) {
      if (this.held <= this.limit) break;
      this.entries.delete(oldKey);
      this.held -= sizeOf(oldKey, old.automaton);
    }
  }

  /**
   * The automaton of `key`, built if it is not cached. The work of building it is charged to `fuel` in either case, so that limits do
   * not depend on earlier requests.
   */
  take(
    key: string,
    build: (fuel: WorkCounter) => ByteAutomaton,
    fuel: WorkCounter | undefined = undefined,
  ): ByteAutomaton {
    const entry = this.find(key);
    if (entry !== undefined) {
      fuel?.spend(entry.work);
      return entry.automaton;
    }
    const text = this.prepared.get(key);
    if (text !== undefined) {
      const automaton = decodeAutomaton(text);
      this.set(key, automaton);
      return automaton;
    }
    let work = 0;
    const automaton = build({
      spend(steps) {
        work += steps;
        fuel?.spend(steps);
      },
    });
    this.set(key, automaton, work);
    return automaton;
  }

  /** Registers `text`, which is decoded instead of building the automaton of `key`, without charge. */
  prepare(key: string, text: string): void {
    this.prepared.set(key, text);
  }

  /** Bytes in use. */
  get byteLength(): number {
    return this.held;
  }
}

/** Size of tables and key, plus an estimate for the objects. */
function sizeOf(key: string, automaton: ByteAutomaton): number {
  return automaton.byteLength + key.length * 2 + 512;
}

/** The automata of patterns and formats, and data derived from them, for the whole process. */
export const automata = new AutomatonCache(64 << 20);
