import { isWhitespace } from "../../grammar/index.js";
import type { Trie } from "../../vocabulary/index.js";

/** The runs of white space that start below a node of a trie. */
export interface SpaceRuns {
  /** Tokens that end with such a run, with the lengths. */
  readonly tokens: readonly number[];
  readonly lengths: readonly number[];
  /** Nodes at the ends of runs that are followed by something else, with the lengths. */
  readonly endNodes: readonly number[];
  readonly endLengths: readonly number[];
  readonly longest: number;
}

const NO_RUNS: SpaceRuns = { tokens: [], lengths: [], endNodes: [], endLengths: [], longest: 0 };
const runsByTrie = new WeakMap<Trie, Map<number, SpaceRuns>>();

/** The runs below `node`; `longest` is 0 if there are none. Only the length of a run matters. */
export function spaceRuns(trie: Trie, node: number): SpaceRuns {
  let byNode = runsByTrie.get(trie);
  if (byNode === undefined) runsByTrie.set(trie, (byNode = new Map()));
  let runs = byNode.get(node);
  if (runs === undefined) byNode.set(node, (runs = findRuns(trie, node)));
  return runs;
}

function findRuns(trie: Trie, top: number): SpaceRuns {
  const { byte, depth, end, first, payload } = trie;
  const tokens: number[] = [];
  const lengths: number[] = [];
  const endNodes: number[] = [];
  const endLengths: number[] = [];
  let longest = 0;
  for (let node = top + 1; node < end[top]; ) {
    if (!isWhitespace(byte[node])) {
      node = end[node];
      continue;
    }
    const length = depth[node] - depth[top];
    if (length > longest) longest = length;
    for (let i = first[node]; i < first[node + 1]; i++) {
      tokens.push(payload[i]);
      lengths.push(length);
    }
    let goesOn = false;
    for (let child = node + 1; child < end[node] && !goesOn; child = end[child])
      goesOn = !isWhitespace(byte[child]);
    if (goesOn) {
      endNodes.push(node);
      endLengths.push(length);
    }
    node++;
  }
  return longest === 0 ? NO_RUNS : { tokens, lengths, endNodes, endLengths, longest };
}
