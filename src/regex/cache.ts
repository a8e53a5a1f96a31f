import type { ByteAutomaton } from "./automata/automaton.js";
import { decodeAutomaton } from "./automata/tables.js";
import type { WorkCounter } from "./limits.js";

interface Entry {
  readonly automaton: ByteAutomaton;
  /** What it took to build. */
  readonly work: number;
}

/** Compiled automata by key, the least recently used dropped first, bounded by the bytes of their tables. */
export class AutomatonCache {
  private readonly limit: number;
  private readonly entries = new Map<string, Entry>();
  /** Automata that were built before, as texts. */
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
   * The automaton of `key`, built where it is not there. `fuel` is charged the work of building it in either case, so
   * that what runs out does not depend on what was asked for before.
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

  /** Keeps `text` to be decoded in place of building the automaton of `key`: one that is charged nothing. */
  prepare(key: string, text: string): void {
    this.prepared.set(key, text);
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

/** The automata of patterns and formats and what was made of them, for the whole process. */
export const automata = new AutomatonCache(64 << 20);
