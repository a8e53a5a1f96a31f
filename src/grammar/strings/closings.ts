import { Rope } from "../rope.js";
import { MAX_ESCAPE } from "./escapes.js";
import type { StringMachine } from "./machine.js";
import { type ContentWays, waysOf } from "./ways.js";

const LETTER = Rope.of("a");
/** Bytes after a backslash, and bytes that continue an escape or a character, in order of preference. */
const ESCAPED = [...'nrtbf"\\/u'].map((c) => c.charCodeAt(0));
const INSIDE_BYTES = [
  ...[..."\\u0d123456789abcefABCDEF"].map((c) => c.charCodeAt(0)),
  ...Array.from({ length: 64 }, (_, i) => 0x80 + i),
];

/** Short endings from the states of a string machine, including the closing quote. */
export class StringClosings {
  private readonly machine: StringMachine;
  /** By state. */
  private readonly known: (Rope | undefined)[] = [];
  private knownWays: ContentWays | undefined;

  constructor(machine: StringMachine) {
    this.machine = machine;
  }

  of(state: number): Rope {
    const known = this.known[state];
    if (known !== undefined) return known;
    const found = this.find(state);
    while (this.known.length <= state) this.known.push(undefined);
    this.known[state] = found;
    return found;
  }

  /** Maximum length in bytes of the ending after any token from `state`. */
  furthest(state: number): number {
    const { machine } = this;
    const missing = Math.max(0, machine.minLength - machine.countAt(state));
    if (machine.content.isUniversal) return missing + MAX_ESCAPE;
    const { longest } = this.ways;
    return machine.isCounting ? (longest + missing) * MAX_ESCAPE : longest + MAX_ESCAPE;
  }

  private find(state: number): Rope {
    const { machine } = this;
    if (!machine.isPlain(state) && !machine.isBehindHigh(state)) return this.next(state);
    const least = Math.max(0, machine.minLength - machine.countAt(state));
    if (machine.content.isUniversal) {
      if (machine.isBehindHigh(state) && machine.escapes === "paired") return this.next(state);
      if (!machine.isBetweenCharacters(state)) return this.next(state);
      return Rope.join(Rope.repeat(LETTER, least), '"');
    }
    const inner = machine.contentStateAt(state);
    if (machine.isCounting) {
      const sets = machine.lengthSets;
      const length = sets.fewest(inner, least, machine.maxLength - machine.countAt(state));
      const way = length < 0 ? undefined : this.ways.counted(inner, length, sets);
      if (way !== undefined) return way;
    }
    return this.ways.shortest(inner);
  }

  /** Inside an escape or a character: the best byte to continue it. */
  private next(state: number): Rope {
    const { machine } = this;
    const isEscape = machine.isBehindBackslash(state);
    let best: Rope | undefined;
    for (const byte of isEscape ? ESCAPED : INSIDE_BYTES) {
      const target = machine.step(state, byte);
      if (target <= 0) continue;
      const way = Rope.join(String.fromCharCode(byte), this.of(target));
      if (best === undefined || way.length < best.length) best = way;
      if (!isEscape || machine.content.isUniversal) break;
    }
    return best!;
  }

  private get ways(): ContentWays {
    this.knownWays ??= waysOf(this.machine.content);
    return this.knownWays;
  }
}
