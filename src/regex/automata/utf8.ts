import type { Budget } from "../limits.js";
import { ByteAutomaton } from "./automaton.js";
import type { SymbolAutomaton } from "./determinise.js";
import { TupleTable } from "./tuples.js";

/** Code points in segments: the start of each, ascending from 0, and its symbol. */
export interface Segments {
  boundaries: Int32Array;
  classOf: Int32Array;
}

/**
 * The UTF-8 encoding of all code points as a graph: a branch lists the targets of the 64 continuation bytes, the root those of all
 * 256 bytes. A target is a symbol `s` (written -1 - s), another branch, or nothing.
 */
interface Encoding {
  root: Int32Array;
  /** Branches with fewer remaining bytes come before those with more. */
  branches: Int32Array[];
}

const NOTHING = 0x7fffffff;

/** The byte automaton of a minimal symbol automaton; it is minimal, too. */
export function overBytes(automaton: SymbolAutomaton, segments: Segments, budget: Budget): ByteAutomaton {
  const encoding = encode(segments);
  const { classOf, classCount, sample } = byteClasses(encoding);
  const states = automaton.stateCount;
  // Symbol states keep their numbers; states inside a character come after them, merged if their rows are equal.
  budget.checkStates(states, classCount);
  const roots = new Int32Array(states * classCount);
  const rows = new TupleTable(states * 4, states * 4 * classCount);
  const row = new Int32Array(classCount);
  const { branches } = encoding;
  const stateOf = new Int32Array(branches.length);
  for (let state = 1; state < states; state++) {
    const symbols = state * automaton.classCount;
    budget.spend((branches.length + 1) * classCount);
    for (let b = 0; b <= branches.length; b++) {
      const targets = b === branches.length ? encoding.root : branches[b];
      const offset = b === branches.length ? 0 : 0x80;
      let any = 0;
      for (let c = 0; c < classCount; c++) {
        const index = sample[c] - offset;
        const to = index >= 0 && index < targets.length ? targets[index] : NOTHING;
        const target = to === NOTHING ? 0 : to < 0 ? automaton.next[symbols - 1 - to] : stateOf[to];
        row[c] = target;
        any |= target;
      }
      if (b === branches.length) roots.set(row, state * classCount);
      else stateOf[b] = any === 0 ? 0 : states + rows.intern(row, classCount);
    }
    budget.checkStates(states + rows.count, classCount);
  }
  const stateCount = states + rows.count;
  const next = new Int32Array(stateCount * classCount);
  next.set(roots);
  next.set(rows.pool.subarray(0, rows.count * classCount), states * classCount);
  const accepting = new Uint8Array(stateCount);
  accepting.set(automaton.accepting);
  return new ByteAutomaton({ start: automaton.start, stateCount, classOf, classCount, next, accepting });
}

function encode({ boundaries, classOf }: Segments): Encoding {
  const table = new TupleTable(16, 1024);
  const branches: Int32Array[] = [];
  const uniform = new Map<number, number>();
  /**
   * The target for the 2^bits code points from `start`, which is in `segment`; code points below `least` and above `most` have another
   * number of bytes.
   */
  const block = (start: number, bits: number, least: number, most: number, segment: number): number => {
    if (bits === 0) return -1 - classOf[segment];
    const end = start + 2 ** bits;
    const whole = start >= least && end - 1 <= most;
    const isUniform = whole && (segment === boundaries.length - 1 || boundaries[segment + 1] >= end);
    const key = classOf[segment] * 32 + bits;
    if (isUniform) {
      const known = uniform.get(key);
      if (known !== undefined) return known;
    }
    const targets = new Int32Array(64);
    const width = bits - 6;
    if (isUniform) targets.fill(block(start, width, least, most, segment));
    else {
      let at = segment;
      for (let i = 0; i < 64; i++) {
        const from = start + i * 2 ** width;
        while (at + 1 < boundaries.length && boundaries[at + 1] <= from) at++;
        targets[i] = from >= least && from <= most ? block(from, width, least, most, at) : NOTHING;
      }
    }
    const id = table.intern(targets, 64);
    if (table.added) branches.push(targets);
    if (isUniform) uniform.set(key, id);
    return id;
  };
  const root = new Int32Array(256).fill(NOTHING);
  let segment = 0;
  const lead = (
    first: number,
    end: number,
    start: number,
    bits: number,
    least: number,
    most: number,
  ): void => {
    for (let byte = first; byte < end; byte++) {
      const from = start + (byte - first) * 2 ** bits;
      while (segment + 1 < boundaries.length && boundaries[segment + 1] <= from) segment++;
      root[byte] = block(from, bits, least, most, segment);
    }
  };
  lead(0x00, 0x80, 0, 0, 0, 0x7f);
  lead(0xc2, 0xe0, 0x80, 6, 0x80, 0x7ff);
  segment = 0;
  lead(0xe0, 0xf0, 0, 12, 0x800, 0xffff);
  segment = 0;
  lead(0xf0, 0xf5, 0, 18, 0x10000, 0x10ffff);
  return { root, branches };
}

/** Classes of bytes with the same targets everywhere, with a representative of each. */
function byteClasses(encoding: Encoding): { classOf: Uint8Array; classCount: number; sample: number[] } {
  const { root, branches } = encoding;
  const classOf = new Uint8Array(256);
  const sample: number[] = [];
  const ofTarget = new Map<number, number>();
  for (let byte = 0; byte < 256; byte++) {
    if ((byte & 0xc0) === 0x80) continue;
    let id = ofTarget.get(root[byte]);
    if (id === undefined) {
      id = sample.length;
      ofTarget.set(root[byte], id);
      sample.push(byte);
    }
    classOf[byte] = id;
  }
  // Continuation bytes start as one class. Each branch splits the classes by target; bytes with the same target as the first byte
  // of a class keep its number.
  classOf.fill(sample.length, 0x80, 0xc0);
  sample.push(0x80);
  const kept = new Int32Array(256);
  const keptIn = new Int32Array(256).fill(-1);
  const moved = new Map<number, number>();
  for (let b = 0; b < branches.length; b++) {
    const targets = branches[b];
    moved.clear();
    for (let byte = 0x80; byte < 0xc0; byte++) {
      const target = targets[byte - 0x80];
      const old = classOf[byte];
      if (keptIn[old] !== b) {
        keptIn[old] = b;
        kept[old] = target;
        sample[old] = byte;
      } else if (kept[old] !== target) {
        const key = target * 256 + old;
        let fresh = moved.get(key);
        if (fresh === undefined) {
          fresh = sample.length;
          moved.set(key, fresh);
          sample.push(byte);
        }
        classOf[byte] = fresh;
      }
    }
  }
  return { classOf, classCount: sample.length, sample };
}
