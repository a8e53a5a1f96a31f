import type { Content } from "../../grammar/index.js";
import {
  type ByteAutomaton,
  TupleTable,
  universal,
  type WorkCounter,
  wellFormed,
} from "../../regex/index.js";

/**
 * One automaton that follows several at once over property names and says, where a name may end, which of them it
 * matches. `labelOf` maps the set (a bit an automaton) to a label, -1 where such a name may not stand; `names` limits
 * the names altogether. Throws `RangeError` past `most` states.
 */
export function labelledProduct(
  automata: readonly ByteAutomaton[],
  names: ByteAutomaton | undefined,
  most: number,
  labelOf: (matched: bigint) => number,
  fuel: WorkCounter,
): Content {
  // A name that has left a pattern may still go on: each part is followed into its dead state, only `limit` ends names.
  const limit = wellFormed(names ?? universal());
  const parts = [limit, ...automata];
  const classOf = new Uint8Array(256);
  const representatives: number[] = [];
  const classes = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    const key = parts.map((part) => part.classOf[byte]).join(",");
    let found = classes.get(key);
    if (found === undefined) {
      found = representatives.push(byte) - 1;
      classes.set(key, found);
    }
    classOf[byte] = found;
  }
  const classCount = representatives.length;
  // By part and class, the column of the part's table.
  const columns = parts.map((part) => representatives.map((byte) => part.classOf[byte]));
  const tuples = new TupleTable();
  const tuple = new Int32Array(parts.length);
  const rows: Int32Array[] = [];
  const intern = (): number => {
    fuel.spend(2 * parts.length);
    if (tuple[0] === 0) return 0;
    const id = tuples.intern(tuple, parts.length);
    if (id > most) throw new RangeError("Too many states.");
    return id;
  };
  // The dead state comes first; names have ended for good there, whatever the other parts say.
  tuples.intern(tuple, parts.length);
  for (let i = 0; i < parts.length; i++) tuple[i] = parts[i].start;
  const start = intern();
  for (let id = 0; id < tuples.count; id++) {
    const row = new Int32Array(classCount);
    rows.push(row);
    if (id === 0) continue;
    for (let c = 0; c < classCount; c++) {
      const from = tuples.starts[id];
      for (let i = 0; i < parts.length; i++)
        tuple[i] = parts[i].next[tuples.pool[from + i] * parts[i].classCount + columns[i][c]];
      row[c] = intern();
    }
  }
  const stateCount = tuples.count;
  const label = new Int32Array(stateCount).fill(-1);
  for (let id = 1; id < stateCount; id++) {
    const from = tuples.starts[id];
    if (limit.accepting[tuples.pool[from]] !== 1) continue;
    let matched = 0n;
    for (let i = 1; i < parts.length; i++)
      if (parts[i].accepting[tuples.pool[from + i]] === 1) matched |= 1n << BigInt(i - 1);
    label[id] = labelOf(matched);
  }
  return trimmed(start, rows, label, classOf, classCount);
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

/** Leads every state from which no name can end to the dead state. */
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
