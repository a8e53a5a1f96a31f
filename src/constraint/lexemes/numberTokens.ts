import { isNumberByte, type NumberMachine } from "../../grammar/index.js";
import type { Trie } from "../../vocabulary/index.js";
import type { InternedLists } from "../masks/internedLists.js";
import type { TokenList } from "../masks/recipe.js";
import { SubtreeMemo } from "../walks/subtreeMemo.js";

/** The part of a subtree of the trie that continues a number. */
export interface NumberSubtree {
  /** Tokens that lie entirely within the number. */
  readonly tokens: TokenList;
  /** Nodes at which the number may end and something else follows, with the states there. */
  readonly endNodes: readonly number[];
  readonly endStates: readonly number[];
}

/**
 * Large vocabularies have a token for each number of up to three digits. Which of them can follow only depends on the state of
 * the number's machine, not on its surroundings, so one walk per state and subtree is shared by all schemas of the
 * process.
 */
export class NumberTokens {
  private readonly memo = new SubtreeMemo<NumberMachine, NumberSubtree>();
  private readonly lists: InternedLists;

  constructor(lists: InternedLists) {
    this.lists = lists;
  }

  /** The tokens below `node`, read from `state` of the machine. */
  of(trie: Trie, node: number, machine: NumberMachine, state: number): NumberSubtree {
    let found = this.memo.get(trie, node, machine, state);
    if (found === undefined) {
      const made: Collected = { tokens: [], endNodes: [], endStates: [] };
      collect(trie, node, machine, state, made);
      found = { ...made, tokens: this.lists.of(made.tokens) };
      this.memo.set(trie, node, machine, state, found, made.tokens.length + 2 * made.endNodes.length);
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
