import type { Content } from "./content.js";

/**
 * Classes of content states that no text of up to `length` bytes distinguishes, one number per state: Moore's refinement, stopped
 * after `length` rounds. Each round only visits states with a successor whose class changed in the previous round, which are few in
 * the long chains of counted repetitions.
 */
export function indistinguishable(content: Content, length: number): Int32Array {
  const { stateCount, label } = content;
  const classes = new Int32Array(stateCount);
  const sizes: number[] = [];
  const byLabel = new Map<number, number>();
  for (let state = 0; state < stateCount; state++) {
    // The dead state differs from states in which the text may not end.
    const key = state === 0 ? -2 : label[state];
    let found = byLabel.get(key);
    if (found === undefined) byLabel.set(key, (found = byLabel.size));
    classes[state] = found;
    sizes[found] = (sizes[found] ?? 0) + 1;
  }
  const { first, sources } = sourcesOf(content);
  let touched = Array.from({ length: stateCount }, (_, state) => state);
  const touchedIn = new Int32Array(stateCount);
  // The round in which a state was touched last.
  const round = new Int32Array(stateCount);
  for (let at = 1; at <= length && touched.length > 0; at++) {
    const changed = refine(content, classes, sizes, touched, touchedIn);
    touched = [];
    for (const state of changed) {
      for (let i = first[state]; i < first[state + 1]; i++) {
        if (round[sources[i]] === at) continue;
        round[sources[i]] = at;
        touched.push(sources[i]);
      }
    }
  }
  return classes;
}

/**
 * One round: splits the classes of the `touched` states by the classes of their successors, and returns the states with a new class.
 * Untouched states of a class still agree with each other and differ from all touched ones; they keep the number, or if there are
 * none, the first group does. States are identified by a 53-bit hash. `touchedIn` is all 0 before and after.
 */
function refine(
  { classCount, next }: Content,
  classes: Int32Array,
  sizes: number[],
  touched: readonly number[],
  touchedIn: Int32Array,
): number[] {
  const ids = new Map<number, number>();
  const found = new Int32Array(touched.length);
  for (const state of touched) touchedIn[classes[state]]++;
  for (let i = 0; i < touched.length; i++) {
    const before = classes[touched[i]];
    let low = before;
    let high = 0x9e3779b9 | 0;
    for (let c = 0, at = touched[i] * classCount; c < classCount; c++, at++) {
      const target = classes[next[at]];
      low = Math.imul(low ^ target, 0x85ebca6b) + 0x165667b1;
      low ^= low >>> 15;
      high = Math.imul(high + target + 1, 0xc2b2ae35) ^ (high >>> 13);
    }
    const hash = (high & 0x1fffff) * 0x100000000 + (low >>> 0);
    let id = ids.get(hash);
    if (id === undefined) {
      if (touchedIn[before] === sizes[before]) {
        id = before;
        // The number is taken: the next group of this class gets a new one.
        touchedIn[before] = -1;
      } else {
        id = sizes.length;
        sizes.push(0);
      }
      ids.set(hash, id);
    }
    found[i] = id;
  }
  const changed: number[] = [];
  for (let i = 0; i < touched.length; i++) {
    const before = classes[touched[i]];
    touchedIn[before] = 0;
    if (found[i] === before) continue;
    sizes[before]--;
    sizes[found[i]]++;
    classes[touched[i]] = found[i];
    changed.push(touched[i]);
  }
  return changed;
}

/** The states that lead to each state: `sources[first[state]]` up to `first[state + 1]`, some more than once. */
function sourcesOf({ classCount, next, stateCount }: Content): { first: Int32Array; sources: Int32Array } {
  const first = new Int32Array(stateCount + 2);
  for (let i = 0; i < stateCount * classCount; i++) first[next[i] + 2]++;
  for (let state = 0; state < stateCount; state++) first[state + 1] += first[state];
  const sources = new Int32Array(stateCount * classCount);
  for (let i = 0; i < stateCount * classCount; i++)
    sources[first[next[i] + 1]++] = Math.floor(i / classCount);
  return { first, sources };
}
