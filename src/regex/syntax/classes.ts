import type { Nfa } from "../automata/nfa.js";
import { type CodePointSet, WORD_CHARACTERS } from "./codePoints.js";

/** Classes of code points that no set of the automaton distinguishes. */
export interface Classes {
  count: number;
  /** The starts of the segments of code points, ascending from 0. */
  boundaries: Int32Array;
  /** The class of each segment. */
  classOf: Int32Array;
  /** The classes of each set. */
  members: Int32Array[];
  /** By class: 1 for word characters, if `\b` needs them distinguished. */
  isWord: Uint8Array;
}

export function classify(nfa: Nfa): Classes {
  const sets = nfa.hasBoundaries ? [...nfa.sets, WORD_CHARACTERS] : nfa.sets;
  const starts: number[] = [0];
  for (const set of sets) {
    for (let i = 0; i < set.length; i += 2) starts.push(set[i], set[i + 1] + 1);
  }
  const sorted = Int32Array.from(starts).sort();
  let segments = 0;
  for (let i = 0; i < sorted.length; i++) {
    if ((i === 0 || sorted[i] !== sorted[i - 1]) && sorted[i] <= 0x10ffff) sorted[segments++] = sorted[i];
  }
  const boundaries = sorted.slice(0, segments);
  // Each set splits every class into the part inside and the part outside of it.
  const classOf = new Int32Array(segments);
  let count = 1;
  const split = new Map<number, number>();
  for (const set of sets) {
    split.clear();
    const spans = spansOf(set, boundaries);
    for (let i = 0; i < spans.length; i += 2) {
      for (let segment = spans[i]; segment < spans[i + 1]; segment++) {
        const old = classOf[segment];
        let fresh = split.get(old);
        if (fresh === undefined) {
          fresh = count++;
          split.set(old, fresh);
        }
        classOf[segment] = fresh;
      }
    }
  }
  return compact(nfa, sets, boundaries, classOf, count);
}

function compact(
  nfa: Nfa,
  sets: readonly CodePointSet[],
  boundaries: Int32Array,
  classOf: Int32Array,
  bound: number,
): Classes {
  const renamed = new Int32Array(bound).fill(-1);
  let count = 0;
  for (let i = 0; i < classOf.length; i++) {
    if (renamed[classOf[i]] < 0) renamed[classOf[i]] = count++;
    classOf[i] = renamed[classOf[i]];
  }
  const seen = new Int32Array(count).fill(-1);
  const members = sets.map((set, id) => {
    const classes: number[] = [];
    const spans = spansOf(set, boundaries);
    for (let i = 0; i < spans.length; i += 2) {
      for (let segment = spans[i]; segment < spans[i + 1]; segment++) {
        const symbol = classOf[segment];
        if (seen[symbol] === id) continue;
        seen[symbol] = id;
        classes.push(symbol);
      }
    }
    return Int32Array.from(classes);
  });
  const isWord = new Uint8Array(count);
  if (nfa.hasBoundaries) for (const symbol of members.pop()!) isWord[symbol] = 1;
  return { count, boundaries, classOf, members, isWord };
}

/** The segments that `set` covers: `[from, to, from, to, ...]`, excluding `to`. */
function spansOf(set: CodePointSet, boundaries: Int32Array): number[] {
  const spans: number[] = [];
  let at = 0;
  for (let i = 0; i < set.length; i += 2) {
    at = indexOf(boundaries, set[i], at);
    const from = at;
    at = set[i + 1] === 0x10ffff ? boundaries.length : indexOf(boundaries, set[i + 1] + 1, at);
    spans.push(from, at);
  }
  return spans;
}

/** The index of `value`, which is present, in `sorted` at or after `from`. */
function indexOf(sorted: Int32Array, value: number, from: number): number {
  let low = from;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
