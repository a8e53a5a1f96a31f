import type { Content } from "../../grammar/index.js";
import { type ByteAutomaton, universal, type WorkCounter, wellFormed } from "../../regex/index.js";

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
  const ids = new Map<string, number>();
  const tuples: number[][] = [[]];
  const rows: Int32Array[] = [new Int32Array(classCount)];
  const intern = (tuple: number[]): number => {
    fuel.spend(2 * tuple.length);
    if (tuple[0] === 0) return 0;
    const key = tuple.join(",");
    let id = ids.get(key);
    if (id === undefined) {
      id = tuples.push(tuple) - 1;
      if (id > most) throw new RangeError("Too many states.");
      rows.push(new Int32Array(classCount));
      ids.set(key, id);
    }
    return id;
  };
  const start = intern(parts.map((part) => part.start));
  for (let id = 1; id < tuples.length; id++) {
    const tuple = tuples[id];
    for (let c = 0; c < classCount; c++) {
      rows[id][c] = intern(parts.map((part, i) => part.step(tuple[i], representatives[c])));
    }
  }
  const stateCount = tuples.length;
  const label = new Int32Array(stateCount).fill(-1);
  for (let id = 1; id < stateCount; id++) {
    if (limit.accepting[tuples[id][0]] !== 1) continue;
    let matched = 0n;
    for (let i = 1; i < parts.length; i++)
      if (parts[i].accepting[tuples[id][i]] === 1) matched |= 1n << BigInt(i - 1);
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
