import { ByteAutomaton } from "./automaton.js";
import type { SymbolAutomaton } from "./determinise.js";
import type { Budget } from "./limits.js";
import { TupleTable } from "./tuples.js";

/** Code points in segments: where each begins, ascending from 0, and its symbol. */
export interface Segments {
  boundaries: Int32Array;
  classOf: Int32Array;
}

/**
 * The UTF-8 encoding of all code points as a graph: a branch lists what the 64 continuation bytes lead to, the root
 * what all 256 bytes do. What they lead to is a symbol `s` (written -1 - s), another branch, or nothing.
 */
interface Encoding {
  root: Int32Array;
  /** Branches with fewer bytes to come stand before those with more. */
  branches: Int32Array[];
}

const NOTHING = 0x7fffffff;

/** The byte automaton of a least symbol automaton; it is the least one, too. */
export function overBytes(automaton: SymbolAutomaton, segments: Segments, budget: Budget): ByteAutomaton {
  const encoding = encode(segments);
  const { classOf, classCount, sample } = byteClasses(encoding);
  const states = automaton.stateCount;
  // Symbol states keep their numbers; the states within a character come after them, equal rows one state.
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
  /** The segment of `point`, which lies at or after the beginning of the segment `from`. */
  const segmentAt = (point: number): number => {
    let low = 0;
    let high = boundaries.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (boundaries[middle] <= point) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const uniform = new Map<number, number>();
  /** What the 2^bits code points from `start` come to, of which those before `least` and after `most` do not exist. */
  const block = (start: number, bits: number, least: number, most: number): number => {
    const segment = segmentAt(start);
    if (bits === 0) return -1 - classOf[segment];
    const end = start + 2 ** bits;
    const whole = start >= least && end - 1 <= most;
    const isUniform = whole && (segment === boundaries.length - 1 || boundaries[segment + 1] >= end);
    const key = classOf[segment] * 32 + bits;
    if (isUniform && uniform.has(key)) return uniform.get(key)!;
    const targets = new Int32Array(64).fill(NOTHING);
    const width = bits - 6;
    if (isUniform) targets.fill(block(start, width, least, most));
    else {
      for (let i = 0; i < 64; i++) {
        const from = start + i * 2 ** width;
        if (from >= least && from <= most) targets[i] = block(from, width, least, most);
      }
    }
    const id = table.intern(targets, 64);
    if (table.added) branches.push(targets);
    if (isUniform) uniform.set(key, id);
    return id;
  };
  const root = new Int32Array(256).fill(NOTHING);
  for (let byte = 0; byte < 0x80; byte++) root[byte] = block(byte, 0, 0, 0x7f);
  for (let byte = 0xc2; byte < 0xe0; byte++) root[byte] = block((byte & 0x1f) << 6, 6, 0x80, 0x7ff);
  for (let byte = 0xe0; byte < 0xf0; byte++) root[byte] = block((byte & 0x0f) << 12, 12, 0x800, 0xffff);
  for (let byte = 0xf0; byte < 0xf5; byte++) root[byte] = block((byte & 0x07) << 18, 18, 0x10000, 0x10ffff);
  return { root, branches };
}

/** Bytes that lead to the same from everywhere, with one byte of each class. */
function byteClasses(encoding: Encoding): { classOf: Uint8Array; classCount: number; sample: number[] } {
  const classOf = new Uint8Array(256);
  let classCount = 1;
  const split = (targets: Int32Array, offset: number): void => {
    const parts = new Map<number, number>();
    const renamed = new Map<number, number>();
    let next = 0;
    for (let byte = 0; byte < 256; byte++) {
      const index = byte - offset;
      const target = index >= 0 && index < targets.length ? targets[index] : NOTHING;
      let id = renamed.get(target);
      if (id === undefined) {
        id = renamed.size;
        renamed.set(target, id);
      }
      const key = classOf[byte] * 257 + id;
      let part = parts.get(key);
      if (part === undefined) {
        part = next++;
        parts.set(key, part);
      }
      classOf[byte] = part;
    }
    classCount = next;
  };
  split(encoding.root, 0);
  for (const branch of encoding.branches) split(branch, 0x80);
  const sample: number[] = [];
  for (let byte = 255; byte >= 0; byte--) sample[classOf[byte]] = byte;
  return { classOf, classCount, sample };
}
