import { isNumberByte, type NumberMachine } from "../grammar/index.js";
import type { Trie } from "../vocabulary/index.js";

/** What of a subtree of a trie goes on with a number. */
export interface NumberSubtree {
  /** The tokens that are part of the number to their end. */
  readonly tokens: readonly number[];
  /** Nodes below which something else goes on, and the states there, in which the number may end. */
  readonly endNodes: readonly number[];
  readonly endStates: readonly number[];
}

/** Numbers kept for all subtrees of one vocabulary; past it they are dropped and made again on demand. */
const MOST_KEPT = 4 << 20;

/**
 * Large vocabularies have a token for each number of up to three digits. Which of them can follow depends on the state
 * of the number's machine alone, not on what stands around the number: one walk a state and subtree, shared by all
 * schemas of the process.
 */
export class NumberTokens {
  private byTrie = new WeakMap<Trie, WeakMap<NumberMachine, Map<number, NumberSubtree>>>();
  private kept = 0;

  /** What is below `node`, read from `state` of the machine on. */
  of(trie: Trie, node: number, machine: NumberMachine, state: number): NumberSubtree {
    let byMachine = this.byTrie.get(trie);
    if (byMachine === undefined) this.byTrie.set(trie, (byMachine = new WeakMap()));
    let subtrees = byMachine.get(machine);
    if (subtrees === undefined) byMachine.set(machine, (subtrees = new Map()));
    const key = state * trie.size + node;
    let found = subtrees.get(key);
    if (found === undefined) {
      if (this.kept > MOST_KEPT) {
        this.byTrie = new WeakMap();
        this.kept = 0;
      }
      found = { tokens: [], endNodes: [], endStates: [] };
      collect(trie, node, machine, state, found as Collected);
      subtrees.set(key, found);
      this.kept += found.tokens.length + 2 * found.endNodes.length + 16;
    }
    return found;
  }
}

interface Collected {
  tokens: number[];
  endNodes: number[];
  endStates: number[];
}

function collect(trie: Trie, node: number, machine: NumberMachine, state: number, found: Collected): void {
  const { byte, end, first, payload } = trie;
  let goesOn = false;
  for (let child = node + 1; child < end[node]; child = end[child]) {
    const next = isNumberByte(byte[child]) ? machine.step(state, byte[child]) : 0;
    if (next === 0) {
      goesOn = true;
      continue;
    }
    for (let i = first[child]; i < first[child + 1]; i++) found.tokens.push(payload[i]);
    if (end[child] > child + 1) collect(trie, child, machine, next, found);
  }
  if (goesOn && machine.isAccepting(state)) {
    found.endNodes.push(node);
    found.endStates.push(state);
  }
}
