import type { Binary, StringMachine } from "../../grammar/index.js";
import type { Trie } from "../../vocabulary/index.js";
import type { InternedLists } from "../masks/internedLists.js";
import type { TokenList } from "../masks/recipe.js";
import { SubtreeMemo } from "../walks/subtreeMemo.js";

/** The part of a trie's subtree that continues a string. */
export interface StringSubtree {
  /** The tokens that stay inside to their end. */
  readonly tokens: TokenList;
  /** Nodes whose byte closes the string, with the labels of the ends and the text from above the subtree to there. */
  readonly exitNodes: readonly number[];
  readonly exitLabels: readonly number[];
  readonly exitTexts: readonly Binary[];
}

/**
 * Tokens that open a string and go on with it: which of them stay inside depends on the state of the string's machine
 * alone. One walk a state and subtree, shared by all schemas of the process.
 */
export class StringTokens {
  private readonly memo = new SubtreeMemo<StringMachine, StringSubtree>();
  /** States and bytes on the way down, one a depth of the trie. */
  private readonly states: Int32Array;
  private readonly bytes: Uint8Array;

  private readonly lists: InternedLists;

  constructor(longestToken: number, lists: InternedLists) {
    this.lists = lists;
    this.states = new Int32Array(longestToken + 1);
    this.bytes = new Uint8Array(longestToken + 1);
  }

  /** What is below `node`, read from `state` of the machine on. */
  of(trie: Trie, node: number, machine: StringMachine, state: number): StringSubtree {
    let found = this.memo.get(trie, node, machine, state);
    if (found === undefined) {
      found = this.walk(trie, node, machine, state);
      const size = found.tokens.length + 8 * found.exitNodes.length;
      this.memo.set(trie, node, machine, state, found, size);
    }
    return found;
  }

  private walk(trie: Trie, node: number, machine: StringMachine, start: number): StringSubtree {
    const { byte, depth, end, first, payload } = trie;
    const { states, bytes } = this;
    const tokens: number[] = [];
    const exitNodes: number[] = [];
    const exitLabels: number[] = [];
    const exitTexts: Binary[] = [];
    const top = depth[node];
    states[top] = start;
    for (let child = node + 1; child < end[node]; ) {
      const level = depth[child];
      const state = machine.step(states[level - 1], byte[child]);
      bytes[level] = byte[child];
      if (state > 0) {
        states[level] = state;
        for (let i = first[child]; i < first[child + 1]; i++) tokens.push(payload[i]);
        child++;
        continue;
      }
      if (state < 0) {
        exitNodes.push(child);
        exitLabels.push(-2 - state);
        exitTexts.push(String.fromCharCode(...bytes.subarray(top + 1, level + 1)));
      }
      child = end[child];
    }
    return { tokens: this.lists.of(tokens), exitNodes, exitLabels, exitTexts };
  }
}
