import type { Content } from "../../grammar/index.js";
import {
  type ByteAutomaton,
  TupleTable,
  universal,
  type WorkCounter,
  wellFormed,
} from "../../regex/index.js";

/**
 * A product automaton over property names that reports which of several automata match a complete name. `labelOf` maps their indices,
 * in ascending order, to a label, or to -1 if such a name is not permitted; `names` restricts the names. Throws `RangeError`
 * beyond `most` states.
 *
 * A state is a tuple of integers: the state of the restriction, then the index and state of each automaton that is still alive,
 * since a name soon follows only a few of thousands of patterns. The dead state has no tuple.
 */
export function labelledProduct(
  automata: readonly ByteAutomaton[],
  names: ByteAutomaton | undefined,
  most: number,
  labelOf: (matched: readonly number[]) => number,
  fuel: WorkCounter,
): Content {
  // A name that has left a pattern may continue: only `limit` ends names.
  const limit = wellFormed(names ?? universal());
  const { classOf, representatives } = byteClasses([limit, ...automata], fuel);
  const classCount = representatives.length;
  const tuples = new TupleTable();
  const tuple = new Int32Array(1 + 2 * automata.length);
  const rows: Int32Array[] = [];
  const intern = (length: number): number => {
    fuel.spend(2 * length);
    const id = tuples.intern(tuple, length);
    if (id > most) throw new RangeError("Too many states.");
    return id;
  };
  tuples.intern(tuple, 0);
  let started = 0;
  tuple[started++] = limit.start;
  for (let i = 0; i < automata.length; i++) {
    if (automata[i].start === 0) continue;
    tuple[started++] = i;
    tuple[started++] = automata[i].start;
  }
  const start = limit.start === 0 ? 0 : intern(started);
  for (let id = 0; id < tuples.count; id++) {
    const row = new Int32Array(classCount);
    rows.push(row);
    if (id === 0) continue;
    for (let c = 0; c < classCount; c++) {
      const byte = representatives[c];
      const from = tuples.starts[id];
      const end = tuples.starts[id + 1];
      fuel.spend(end - from);
      const limited = limit.step(tuples.pool[from], byte);
      if (limited === 0) continue;
      let length = 0;
      tuple[length++] = limited;
      for (let at = from + 1; at < end; at += 2) {
        const index = tuples.pool[at];
        const { next, classCount: width, classOf: classes } = automata[index];
        const state = next[tuples.pool[at + 1] * width + classes[byte]];
        if (state === 0) continue;
        tuple[length++] = index;
        tuple[length++] = state;
      }
      row[c] = intern(length);
    }
  }
  const stateCount = tuples.count;
  const label = new Int32Array(stateCount).fill(-1);
  for (let id = 1; id < stateCount; id++) {
    const from = tuples.starts[id];
    if (limit.accepting[tuples.pool[from]] !== 1) continue;
    const matched: number[] = [];
    for (let at = from + 1; at < tuples.starts[id + 1]; at += 2) {
      const index = tuples.pool[at];
      if (automata[index].accepting[tuples.pool[at + 1]] === 1) matched.push(index);
    }
    label[id] = labelOf(matched);
  }
  return trimmed(start, rows, label, classOf, classCount);
}

/** Classes of bytes that no automaton distinguishes, each with a representative. */
function byteClasses(parts: readonly ByteAutomaton[], fuel: WorkCounter) {
  let classOf = new Uint8Array(256);
  let representatives = [0];
  for (const part of parts) {
    fuel.spend(256);
    const refined = new Uint8Array(256);
    const found: number[] = [];
    const known = new Map<number, number>();
    for (let byte = 0; byte < 256; byte++) {
      const key = classOf[byte] * 256 + part.classOf[byte];
      let one = known.get(key);
      if (one === undefined) known.set(key, (one = found.push(byte) - 1));
      refined[byte] = one;
    }
    classOf = refined;
    representatives = found;
  }
  return { classOf, representatives };
}

/** The names of `content` that end with one of the labels. */
export function withLabels(content: Content, labels: readonly number[]): Content {
  const { start, stateCount, next, classOf, classCount } = content;
  const rows = Array.from({ length: stateCount }, (_, id) =>
    next.slice(id * classCount, (id + 1) * classCount),
  );
  const label = content.label.map((own) => (labels.includes(own) ? own : -1));
  return trimmed(start, rows, label, classOf, classCount);
}

/** Replaces states from which no name can end by the dead state. */
function trimmed(
  start: number,
  rows: Int32Array[],
  label: Int32Array,
  classOf: Uint8Array,
  classCount: number,
): Content {
  const stateCount = rows.length;
  const sources: number[][] = Array.from({ length: stateCount }, () => []);
  for (let id = 1; id < stateCount; id++)
    for (const target of new Set(rows[id])) if (target !== 0) sources[target].push(id);
  const alive = new Uint8Array(stateCount);
  const queue: number[] = [];
  for (let id = 1; id < stateCount; id++) {
    if (label[id] >= 0) {
      alive[id] = 1;
      queue.push(id);
    }
  }
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const source of sources[id]) {
      if (alive[source] === 1) continue;
      alive[source] = 1;
      queue.push(source);
    }
  }
  const next = new Int32Array(stateCount * classCount);
  for (let id = 1; id < stateCount; id++) {
    for (let c = 0; c < classCount; c++)
      next[id * classCount + c] = alive[rows[id][c]] === 1 ? rows[id][c] : 0;
  }
  return {
    start: alive[start] === 1 ? start : 0,
    stateCount,
    classOf,
    classCount,
    next,
    label,
    isUniversal: false,
  };
}
