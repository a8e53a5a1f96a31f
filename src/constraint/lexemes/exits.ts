import { Trie, type Vocabulary } from "../../vocabulary/index.js";
import { InternedLists } from "../masks/internedLists.js";
import { countCodePoints } from "./codePoints.js";

/** Tokens that close a string, by the label of the end and by the rest of the token after the closing quote. */
export interface LexemeExit {
  readonly label: number;
  /** Payloads are token ids. */
  readonly suffixes: Trie;
  /** The tokens that end with the quote. */
  readonly whole: readonly number[];
}

/** All exits from one state of a string, or from many states: the same few recur for nearly all machines. */
export interface LexemeExits {
  /** Nodes of the vocabulary's trie whose byte closes the string, with the labels of the ends. */
  readonly nodes: readonly number[];
  readonly labels: readonly number[];
  /** Code points before each quote, and their maximum. */
  readonly codePoints: readonly number[];
  readonly reach: number;
  readonly exits: readonly LexemeExit[];
  /** Exits by the minimum and maximum number of code points before the quote. */
  readonly between: Map<string, readonly LexemeExit[]>;
}

const MAX_SUFFIX_TRIES = 2000;

/** Groups the nodes at which strings end. States with the same exits share one result. */
export class LexemeExitGroups {
  private readonly vocabulary: Vocabulary;
  private readonly lists = new InternedLists();
  private readonly known = new WeakMap<readonly number[], WeakMap<readonly number[], LexemeExits>>();
  private readonly suffixTries = new Map<readonly number[], Omit<LexemeExit, "label">>();

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
  }

  of(exitNodes: readonly number[], exitLabels: readonly number[]): LexemeExits {
    const nodes = this.lists.of(exitNodes);
    const labels = this.lists.of(exitLabels);
    let byLabels = this.known.get(nodes);
    if (byLabels === undefined) this.known.set(nodes, (byLabels = new WeakMap()));
    let found = byLabels.get(labels);
    if (found === undefined) byLabels.set(labels, (found = this.make(nodes, labels)));
    return found;
  }

  /** The exits with `least` to `most` code points before the quote. */
  between(exits: LexemeExits, least: number, most: number): readonly LexemeExit[] {
    const from = Math.min(least, exits.reach + 1);
    const to = Math.min(most, exits.reach);
    const key = `${from},${to}`;
    let kept = exits.between.get(key);
    if (kept === undefined) {
      const { codePoints, labels, nodes } = exits;
      const isKept = (_: number, i: number) => codePoints[i] >= from && codePoints[i] <= to;
      kept = this.group(nodes.filter(isKept), labels.filter(isKept));
      exits.between.set(key, kept);
    }
    return kept;
  }

  private make(nodes: readonly number[], labels: readonly number[]): LexemeExits {
    const { tokens, trie } = this.vocabulary;
    const { depth, first, payload } = trie;
    const codePoints = nodes.map((node) => countCodePoints(tokens[payload[first[node]]], depth[node] - 1));
    const reach = codePoints.reduce((most, count) => Math.max(most, count), 0);
    return { nodes, labels, codePoints, reach, exits: this.group(nodes, labels), between: new Map() };
  }

  private group(nodes: readonly number[], labels: readonly number[]): LexemeExit[] {
    const byLabel = new Map<number, number[]>();
    for (let i = 0; i < nodes.length; i++) {
      const list = byLabel.get(labels[i]);
      if (list === undefined) byLabel.set(labels[i], [nodes[i]]);
      else list.push(nodes[i]);
    }
    return [...byLabel].map(([label, list]) => ({ label, ...this.suffixTrie(this.lists.of(list)) }));
  }

  private suffixTrie(nodes: readonly number[]): Omit<LexemeExit, "label"> {
    let found = this.suffixTries.get(nodes);
    if (found === undefined) {
      if (this.suffixTries.size >= MAX_SUFFIX_TRIES) this.suffixTries.clear();
      const { depth, end, first, payload } = this.vocabulary.trie;
      const suffixes: Uint8Array[] = [];
      const tokens: number[] = [];
      for (const node of nodes) {
        for (let p = first[node]; p < first[end[node]]; p++) {
          tokens.push(payload[p]);
          suffixes.push(this.vocabulary.tokens[payload[p]].subarray(depth[node]));
        }
      }
      const trie = Trie.of(suffixes, tokens);
      const whole = this.lists.of([...trie.payload.subarray(trie.first[0], trie.first[1])]);
      this.suffixTries.set(nodes, (found = { suffixes: trie, whole }));
    }
    return found;
  }
}
