import type { Binary, StringMachine } from "../../grammar/index.js";
import type { Trie } from "../../vocabulary/index.js";
import type { InternedLists } from "../masks/internedLists.js";
import type { TokenList } from "../masks/recipe.js";
import { SubtreeMemo } from "../walks/subtreeMemo.js";

/** The part of a subtree of the trie that continues a string. */
export interface StringSubtree {
  /** Tokens that lie entirely within the string. */
  readonly tokens: TokenList;
  /** Nodes whose byte closes the string, with the labels of the ends and the text from the top of the subtree. */
  readonly exitNodes: readonly number[];
  readonly exitLabels: readonly number[];
  readonly exitTexts: readonly Binary[];
}

/**
 * Tokens that open a string and continue it. Which of them stay inside only depends on the state of the string's machine, so one
 * walk per state and subtree is shared by all schemas of the process.
 */
export class StringTokens {
  private readonly memo = new SubtreeMemo<StringMachine, StringSubtree>();
  /** States and bytes on the way down, one per depth of the trie. */
  private readonly states: Int32Array;
  private readonly bytes: Uint8Array;

  private readonly lists: InternedLists;

  constructor(longestToken: number, lists: InternedLists) {
    this.lists = lists;
    this.states = new Int32Array(longestToken + 1);
    this.bytes = new Uint8Array(longestToken + 1);
  }

  /** The tokens below `node`, read from `state` of the machine. */
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
