import type { Vocabulary } from "../../vocabulary/index.js";
import { type LexemeExit, LexemeExitGroups } from "../lexemes/exits.js";

/**
 * A text that is read byte by byte. `step` returns the state after a byte: 0 if the byte cannot follow; negative if the text
 * ends with it, where the label is -2 - value.
 */
export interface Reader {
  step(state: number, byte: number): number;
}

/** Tokens as a list, or as a set if there are many. */
export type TokenGroup = Int32Array | Uint32Array;

/** Where the tokens of a vocabulary lead from one state of a text. */
export interface Targets {
  /** The states inside the text that tokens lead to, each with its tokens. */
  readonly states: readonly number[];
  readonly groups: readonly TokenGroup[];
  /** The tokens that leave the text. */
  readonly exits: readonly LexemeExit[];
}

/** Memory limit for the targets of one vocabulary; beyond it they are dropped and recomputed on demand. */
const MAX_BYTES = 32 << 20;

/** Finds the states that tokens lead to, with one walk over the vocabulary's trie per state, shared by all schemas of the process. */
export class TargetWalks {
  private readonly vocabulary: Vocabulary;
  private readonly exitGroups: LexemeExitGroups;
  /** The states of a walk, one per depth of the trie. */
  private readonly path: Int32Array;
  private byReader = new WeakMap<Reader, Map<number, Targets>>();
  private bytes = 0;

  constructor(vocabulary: Vocabulary, longestToken: number) {
    this.vocabulary = vocabulary;
    this.exitGroups = new LexemeExitGroups(vocabulary);
    this.path = new Int32Array(longestToken + 1);
  }

  of(reader: Reader, state: number): Targets {
    let byState = this.byReader.get(reader);
    if (byState === undefined) this.byReader.set(reader, (byState = new Map()));
    let targets = byState.get(state);
    if (targets === undefined) {
      targets = this.walk(reader, state);
      for (const group of targets.groups) this.bytes += group.byteLength;
      if (this.bytes > MAX_BYTES) {
        this.byReader = new WeakMap();
        this.byReader.set(reader, (byState = new Map()));
        this.bytes = 0;
      }
      byState.set(state, targets);
    }
    return targets;
  }

  private walk(reader: Reader, start: number): Targets {
    const { byte, depth, end, first, payload, size } = this.vocabulary.trie;
    const { path } = this;
    const states: number[] = [];
    const lists: (number[] | undefined)[] = [];
    const exitNodes: number[] = [];
    const exitLabels: number[] = [];
    let current = -1;
    let list: number[] = [];
    path[0] = start;
    for (let node = 1; node < size; ) {
      const level = depth[node];
      const state = reader.step(path[level - 1], byte[node]);
      if (state <= 0) {
        if (state < 0) {
          exitNodes.push(node);
          exitLabels.push(-2 - state);
        }
        node = end[node];
        continue;
      }
      path[level] = state;
      const last = first[node + 1];
      let i = first[node];
      node++;
      if (i === last) continue;
      if (state !== current) {
        current = state;
        const known = lists[state];
        if (known === undefined) {
          states.push(state);
          lists[state] = list = [];
        } else list = known;
      }
      for (; i < last; i++) list.push(payload[i]);
    }
    const groups = states.map((state) => this.group(lists[state]!));
    return { states, groups, exits: this.exitGroups.of(exitNodes, exitLabels).exits };
  }

  private group(tokens: readonly number[]): TokenGroup {
    const { maskWords } = this.vocabulary;
    if (tokens.length <= maskWords) return Int32Array.from(tokens);
    const set = new Uint32Array(maskWords);
    for (let i = 0; i < tokens.length; i++) set[tokens[i] >>> 5] |= 1 << (tokens[i] & 31);
    return set;
  }
}

/** Removes the tokens of a group from a mask. */
export function clearGroup(mask: Uint32Array, group: TokenGroup): void {
  if (group instanceof Uint32Array)
    for (let word = 0; word < group.length; word++) mask[word] &= ~group[word];
  else for (let i = 0; i < group.length; i++) mask[group[i] >>> 5] &= ~(1 << (group[i] & 31));
}

/** The first token of a group that is in the mask and not in `isOut`; -1 if there is none. */
export function firstHeld(mask: Uint32Array, group: TokenGroup, isOut: ReadonlySet<number>): number {
  if (group instanceof Uint32Array) {
    for (let word = 0; word < group.length; word++) {
      for (let bits = mask[word] & group[word]; bits !== 0; bits &= bits - 1) {
        const token = (word << 5) | (31 - Math.clz32(bits & -bits));
        if (!isOut.has(token)) return token;
      }
    }
    return -1;
  }
  for (let i = 0; i < group.length; i++)
    if (((mask[group[i] >>> 5] >>> (group[i] & 31)) & 1) === 1 && !isOut.has(group[i])) return group[i];
  return -1;
}
