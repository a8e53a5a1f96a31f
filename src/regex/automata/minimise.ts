import type { SymbolAutomaton } from "./determinise.js";

/**
 * The minimal automaton of the same language: states that reach no acceptance become the dead state 0, equivalent states are merged
 * (Hopcroft, 1971), and unreachable ones are removed.
 */
export function minimise(automaton: SymbolAutomaton): SymbolAutomaton {
  const { stateCount: n, classCount: k, next, accepting } = automaton;
  const inverse = invertTransitions(n, k, next);
  const live = liveStates(n, k, inverse, accepting);
  keepReachable(automaton, live);
  const partition = refine(n, k, inverse, live, accepting);
  // Number the blocks from 1 in the order of their first states, the dead block 0.
  const number = new Int32Array(n).fill(-1);
  let count = 1;
  const representative: number[] = [0];
  for (let state = 0; state < n; state++) {
    if (live[state] === 0) continue;
    const block = partition[state];
    if (number[block] < 0) {
      number[block] = count++;
      representative.push(state);
    }
  }
  const idOf = (state: number): number => (live[state] === 0 ? 0 : number[partition[state]]);
  const table = new Int32Array(count * k);
  const accepts = new Uint8Array(count);
  for (let id = 1; id < count; id++) {
    const row = representative[id] * k;
    for (let c = 0; c < k; c++) table[id * k + c] = idOf(next[row + c]);
    accepts[id] = accepting[representative[id]];
  }
  return { start: idOf(automaton.start), stateCount: count, classCount: k, next: table, accepting: accepts };
}

/** The predecessors of each state: those of state `s` over `c` are in `sources` from `starts[s * k + c]`. */
interface Inverse {
  starts: Int32Array;
  sources: Int32Array;
}

function invertTransitions(n: number, k: number, next: Int32Array): Inverse {
  const starts = new Int32Array(n * k + 1);
  for (let state = 0; state < n; state++) {
    for (let c = 0; c < k; c++) starts[next[state * k + c] * k + c + 1]++;
  }
  for (let i = 0; i < n * k; i++) starts[i + 1] += starts[i];
  const fill = starts.slice(0, n * k);
  const sources = new Int32Array(n * k);
  for (let state = 0; state < n; state++) {
    for (let c = 0; c < k; c++) sources[fill[next[state * k + c] * k + c]++] = state;
  }
  return { starts, sources };
}

function liveStates(n: number, k: number, { starts, sources }: Inverse, accepting: Uint8Array): Uint8Array {
  const live = new Uint8Array(n);
  const queue = new Int32Array(n);
  let tail = 0;
  for (let state = 0; state < n; state++) {
    if (accepting[state] === 1) {
      live[state] = 1;
      queue[tail++] = state;
    }
  }
  for (let head = 0; head < tail; head++) {
    const row = queue[head] * k;
    for (let i = starts[row]; i < starts[row + k]; i++) {
      const source = sources[i];
      if (live[source] === 0) {
        live[source] = 1;
        queue[tail++] = source;
      }
    }
  }
  return live;
}

/** Removes unreachable states from `live`. */
function keepReachable(
  { start, stateCount: n, classCount: k, next }: SymbolAutomaton,
  live: Uint8Array,
): void {
  const reached = new Uint8Array(n);
  const queue = new Int32Array(n);
  queue[0] = start;
  reached[start] = 1;
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const row = queue[head] * k;
    for (let i = row; i < row + k; i++) {
      if (reached[next[i]] === 1) continue;
      reached[next[i]] = 1;
      queue[tail++] = next[i];
    }
  }
  for (let state = 0; state < n; state++) live[state] &= reached[state];
}

/**
 * The block of each state. `order` holds the states block by block: block `b` spans `first[b]` to `end[b]`, and its
 * marked states have been swapped to its front.
 */
function refine(
  n: number,
  k: number,
  { starts, sources }: Inverse,
  live: Uint8Array,
  accepting: Uint8Array,
): Int32Array {
  const order = new Int32Array(n);
  const place = new Int32Array(n);
  const blockOf = new Int32Array(n);
  const first = new Int32Array(n + 1);
  const end = new Int32Array(n + 1);
  const marked = new Int32Array(n + 1);
  let blocks = 0;
  let at = 0;
  for (let label = 0; label < 3; label++) {
    const from = at;
    for (let state = 0; state < n; state++) {
      if ((live[state] === 0 ? 0 : 1 + accepting[state]) !== label) continue;
      place[state] = at;
      blockOf[state] = blocks;
      order[at++] = state;
    }
    if (at === from) continue;
    first[blocks] = from;
    end[blocks++] = at;
  }
  const waiting = new Uint8Array(n + 1);
  const queue: number[] = [];
  for (let block = 0; block < blocks; block++) {
    queue.push(block);
    waiting[block] = 1;
  }
  const touched: number[] = [];
  const splitter = new Int32Array(n);
  while (queue.length > 0) {
    const block = queue.pop()!;
    waiting[block] = 0;
    const size = end[block] - first[block];
    for (let i = 0; i < size; i++) splitter[i] = order[first[block] + i];
    for (let c = 0; c < k; c++) {
      for (let s = 0; s < size; s++) {
        const row = splitter[s] * k + c;
        for (let i = starts[row]; i < starts[row + 1]; i++) {
          const state = sources[i];
          const of = blockOf[state];
          const target = first[of] + marked[of];
          if (place[state] < target) continue;
          if (marked[of]++ === 0) touched.push(of);
          const other = order[target];
          order[place[state]] = other;
          place[other] = place[state];
          order[target] = state;
          place[state] = target;
        }
      }
      while (touched.length > 0) {
        const of = touched.pop()!;
        const count = marked[of];
        marked[of] = 0;
        if (count === end[of] - first[of]) continue;
        // The smaller part becomes the new block.
        const fresh = blocks++;
        if (count * 2 <= end[of] - first[of]) {
          first[fresh] = first[of];
          end[fresh] = first[of] = first[of] + count;
        } else {
          end[fresh] = end[of];
          first[fresh] = end[of] = first[of] + count;
        }
        for (let i = first[fresh]; i < end[fresh]; i++) blockOf[order[i]] = fresh;
        if (waiting[fresh] === 0) {
          waiting[fresh] = 1;
          queue.push(fresh);
        }
      }
    }
  }
  return blockOf;
}
