import { type Content, FREE_STRING, type StringMachine } from "../grammar/index.js";
import { addToSet, SET_WORDS, Subtrees, Trie, type Vocabulary } from "../vocabulary/index.js";

/** The tokens that stay inside a string from one state on, and those that leave it. */
export interface LexemeMask {
  readonly inside: Uint32Array;
  readonly exits: readonly LexemeExit[];
  /** Longest way of a token through the string, in bytes. */
  readonly reach: number;
}

/** Tokens that close the string: by the label of the end, and by what of the token follows the closing quote. */
export interface LexemeExit {
  readonly label: number;
  /** Payloads are token ids. */
  readonly suffixes: Trie;
}

interface ExitEntry {
  label: number;
  token: number;
  /** Offset in the token's bytes after the closing quote. */
  from: number;
  /** Code points of the string before it. */
  codePoints: number;
}

interface BaseMask extends LexemeMask {
  readonly entries: readonly ExitEntry[];
  /** Derived masks by the code points that are left, and exits by both bounds. */
  readonly insideUpTo: Map<number, Uint32Array>;
  readonly exitsBetween: Map<string, readonly LexemeExit[]>;
  /** Most code points before a closing quote. */
  readonly exitReach: number;
}

/** By state: the characters that lead back to it, null where that cannot be told. */
type LoopSets = (Int32Array | null)[];

interface AlikeStates {
  walks: number;
  classes: Int32Array | undefined;
  masks: Map<number, LexemeMask>;
}

const WALKS_BEFORE_CLASSES = 4;

/** Memory for masks of one vocabulary; past it they are dropped and made again on demand. */
const MOST_BYTES = 192 << 20;
const MOST_SUFFIX_TRIES = 2000;

/**
 * What every grammar of the process shares for one vocabulary: for each state of each string machine, the set of
 * tokens that stay inside and the tokens that leave. Worked out by one walk over the vocabulary's trie, on demand.
 */
export class LexemeMasks {
  /** In bytes. */
  readonly longestToken: number;
  private readonly vocabulary: Vocabulary;
  private masks = new WeakMap<StringMachine, (LexemeMask | undefined)[]>();
  private bytes = 0;
  private readonly states: Int32Array;
  private lengths: Uint16Array | undefined;
  private longest = 0;
  private readonly loops = new WeakMap<StringMachine, LoopSets>();
  private alike = new WeakMap<StringMachine, AlikeStates>();
  private readonly upTo = new Map<number, Uint32Array>();
  private readonly subtrees: Subtrees;
  /** Tries of what follows closing quotes, by their tokens: the same few for nearly all machines. */
  private readonly suffixTries = new Map<string, Trie>();

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    let longest = 0;
    for (const token of vocabulary.tokens) longest = Math.max(longest, token.length);
    this.longestToken = longest;
    this.states = new Int32Array(longest + 2);
    this.subtrees = new Subtrees(vocabulary.trie);
  }

  of(machine: StringMachine, state: number): LexemeMask {
    let byState = this.masks.get(machine);
    if (byState === undefined) this.masks.set(machine, (byState = []));
    let mask = byState[state];
    if (mask === undefined) {
      if (this.bytes > MOST_BYTES) {
        this.masks = new WeakMap();
        this.alike = new WeakMap();
        this.bytes = 0;
        this.masks.set(machine, (byState = []));
      }
      byState[state] = mask = this.find(machine, state);
    }
    return mask;
  }

  /** Bytes held, about. */
  get size(): number {
    return this.bytes;
  }

  private find(machine: StringMachine, state: number): LexemeMask {
    if (machine.unbounded === machine) return this.unbounded(machine, state);
    const count = machine.countAt(state);
    const least = Math.max(0, machine.minLength - count);
    const most = machine.maxLength - count;
    // Far from both bounds the lengths make no difference; with free content they are told by counting alone.
    const base = this.of(machine.unbounded, machine.unboundedState(state)) as BaseMask;
    if (machine.content.isUniversal && machine.isPlain(state)) return this.limited(base, least, most);
    if (least === 0 && most >= base.reach + machine.content.stateCount) return base;
    return this.walk(machine, state);
  }

  /**
   * Counted repetitions make chains of states that differ only in how far the end is. States that no token can tell
   * apart share a mask; which those are is worked out once a machine has been asked for more than a few states.
   */
  private unbounded(machine: StringMachine, state: number): LexemeMask {
    if (machine.content.stateCount < 24 || !machine.isPlain(state)) return this.walk(machine, state);
    let alike = this.alike.get(machine);
    if (alike === undefined)
      this.alike.set(machine, (alike = { walks: 0, classes: undefined, masks: new Map() }));
    if (++alike.walks <= WALKS_BEFORE_CLASSES) return this.walk(machine, state);
    alike.classes ??= indistinguishable(machine.content, this.states.length);
    const found = alike.classes[machine.contentStateAt(state)];
    let mask = alike.masks.get(found);
    if (mask === undefined) alike.masks.set(found, (mask = this.walk(machine, state)));
    return mask;
  }

  /** The unbounded mask less the tokens that are too long, or that close too early or too late. */
  private limited(base: BaseMask, least: number, most: number): LexemeMask {
    const lengths = this.codePoints();
    let { inside, exits } = base;
    if (most < this.longest) {
      let cut = base.insideUpTo.get(most);
      if (cut === undefined) {
        const short = this.shortTokens(lengths, most);
        cut = new Uint32Array(inside.length);
        for (let word = 0; word < cut.length; word++) cut[word] = inside[word] & short[word];
        base.insideUpTo.set(most, cut);
        this.bytes += cut.byteLength;
      }
      inside = cut;
    }
    if (least > 0 || most < base.exitReach) {
      const from = Math.min(least, base.exitReach + 1);
      const to = Math.min(most, base.exitReach);
      const key = `${from},${to}`;
      let kept = base.exitsBetween.get(key);
      if (kept === undefined) {
        kept = this.group(base.entries.filter((entry) => entry.codePoints >= from && entry.codePoints <= to));
        base.exitsBetween.set(key, kept);
      }
      exits = kept;
    }
    return { inside, exits, reach: base.reach };
  }

  /**
   * One walk over the trie: a state for each depth. Subtrees are left out where a byte cannot follow or the string has
   * ended, and taken whole where they hold only characters that lead back to the state. Where most tokens may follow,
   * the walk begins with those of a free string and takes out what cannot, so that a subtree taken whole costs nothing.
   */
  private walk(machine: StringMachine, start: number): BaseMask {
    const { byte, depth, end, first, payload, size } = this.vocabulary.trie;
    const { states, subtrees } = this;
    const loopSets = this.loopSetsOf(machine);
    const takesOut = this.allowsMost(machine, start);
    const inside = takesOut ? this.freeTokens().slice() : new Uint32Array(this.vocabulary.maskWords);
    const exitNodes: number[] = [];
    const labels: number[] = [];
    let table = machine.next;
    let reach = 0;
    states[0] = start;
    for (let node = 1; node < size; ) {
      const level = depth[node];
      const at = (states[level - 1] << 8) | byte[node];
      let state = table[at];
      if (state === -1) {
        state = machine.step(states[level - 1], byte[node]);
        table = machine.next;
      }
      let next = node + 1;
      if (state > 0) {
        let loops = loopSets[state];
        if (loops === undefined) loops = this.loopsOf(machine, state, loopSets);
        let height = 0;
        if (loops !== null && subtrees.holdsOnly(node, loops)) {
          next = end[node];
          height = subtrees.heightOf(node);
        } else states[level] = state;
        if (level + height > reach) reach = level + height;
        if (!takesOut)
          for (let i = first[node]; i < first[next]; i++) inside[payload[i] >>> 5] |= 1 << (payload[i] & 31);
      } else {
        next = end[node];
        if (state < 0) {
          exitNodes.push(node);
          labels.push(-2 - state);
          if (level > reach) reach = level;
        } else if (takesOut) {
          for (let i = first[node]; i < first[next]; i++)
            inside[payload[i] >>> 5] &= ~(1 << (payload[i] & 31));
        }
      }
      node = next;
    }
    const entries: ExitEntry[] = [];
    let exitReach = 0;
    for (let i = 0; i < exitNodes.length; i++) {
      const node = exitNodes[i];
      const from = depth[node];
      let codePoints = -1;
      for (let p = first[node]; p < first[end[node]]; p++) {
        if (codePoints < 0) {
          codePoints = countCodePoints(this.vocabulary.tokens[payload[p]], from - 1);
          if (codePoints > exitReach) exitReach = codePoints;
        }
        entries.push({ label: labels[i], token: payload[p], from, codePoints });
      }
    }
    this.bytes += inside.byteLength + entries.length * 64;
    return {
      inside,
      exits: this.group(entries),
      reach,
      entries,
      insideUpTo: new Map(),
      exitsBetween: new Map(),
      exitReach,
    };
  }

  /** Whether more than half of all tokens begin with a byte that may follow. */
  private allowsMost(machine: StringMachine, state: number): boolean {
    const { byte, end, first, payload } = this.vocabulary.trie;
    if (machine === FREE_STRING || !machine.isPlain(state)) return false;
    let count = 0;
    for (let node = 1; node < end[0]; node = end[node])
      if (machine.step(state, byte[node]) > 0) count += first[end[node]] - first[node];
    return count * 2 > payload.length;
  }

  /** The tokens that stay inside a string of which nothing is asked: those of any other are among them. */
  private freeTokens(): Uint32Array {
    return this.of(FREE_STRING, FREE_STRING.start).inside;
  }

  /** The characters that lead from the state back to it, as a set of `Subtrees`; kept in `sets`. */
  private loopsOf(machine: StringMachine, state: number, sets: LoopSets): Int32Array | null {
    const found = new Int32Array(SET_WORDS);
    const set = machine.addLoops(state, (byte) => addToSet(found, byte)) ? found : null;
    sets[state] = set;
    return set;
  }

  private loopSetsOf(machine: StringMachine): LoopSets {
    let sets = this.loops.get(machine);
    if (sets === undefined) this.loops.set(machine, (sets = []));
    return sets;
  }

  private group(entries: readonly ExitEntry[]): LexemeExit[] {
    const byLabel = new Map<number, ExitEntry[]>();
    for (const entry of entries) {
      const list = byLabel.get(entry.label);
      if (list === undefined) byLabel.set(entry.label, [entry]);
      else list.push(entry);
    }
    return [...byLabel].map(([label, list]) => ({ label, suffixes: this.suffixTrie(list) }));
  }

  private suffixTrie(entries: readonly ExitEntry[]): Trie {
    let key = "";
    for (const { token, from } of entries) key += `${token}:${from},`;
    let trie = this.suffixTries.get(key);
    if (trie === undefined) {
      if (this.suffixTries.size >= MOST_SUFFIX_TRIES) this.suffixTries.clear();
      trie = new Trie(
        entries.map((entry) => this.vocabulary.tokens[entry.token].subarray(entry.from)),
        entries.map((entry) => entry.token),
      );
      this.suffixTries.set(key, trie);
    }
    return trie;
  }

  private codePoints(): Uint16Array {
    if (this.lengths === undefined) {
      const { tokens, size } = this.vocabulary;
      this.lengths = new Uint16Array(size);
      for (let id = 0; id < size; id++) {
        const length = this.vocabulary.isSpecial(id) ? 0 : countCodePoints(tokens[id], tokens[id].length);
        this.lengths[id] = length;
        if (length > this.longest) this.longest = length;
      }
    }
    return this.lengths;
  }

  /** The set of tokens of at most `most` code points. */
  private shortTokens(lengths: Uint16Array, most: number): Uint32Array {
    let set = this.upTo.get(most);
    if (set === undefined) {
      set = new Uint32Array(this.vocabulary.maskWords);
      for (let id = 0; id < lengths.length; id++) if (lengths[id] <= most) set[id >>> 5] |= 1 << (id & 31);
      this.upTo.set(most, set);
    }
    return set;
  }
}

/** Code points that the first `length` bytes of a token begin inside a string; an escape counts once. */
function countCodePoints(bytes: Uint8Array, length: number): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i];
    if (byte === 0x5c) {
      count++;
      i += bytes[i + 1] === 0x75 ? 5 : 1;
    } else if ((byte & 0xc0) !== 0x80) count++;
  }
  return count;
}

/**
 * Classes of content states that no text of up to `length` bytes tells apart: Moore's refinement, stopped after
 * `length` rounds. The class of a state after a round is that of its successors before it, by a hash of 53 bits.
 */
function indistinguishable(content: Content, length: number): Int32Array {
  const { stateCount, classCount, next, label } = content;
  let classes = new Int32Array(stateCount);
  for (let state = 0; state < stateCount; state++) classes[state] = state === 0 ? 0 : label[state] + 2;
  let count = new Set(classes).size;
  for (let round = 0; round < length; round++) {
    const ids = new Map<number, number>();
    const refined = new Int32Array(stateCount);
    for (let state = 0; state < stateCount; state++) {
      let low = classes[state] | 0;
      let high = 0x9e3779b9 | 0;
      for (let c = 0, at = state * classCount; c < classCount; c++, at++) {
        const target = classes[next[at]];
        low = Math.imul(low ^ target, 0x85ebca6b) + 0x165667b1;
        low ^= low >>> 15;
        high = Math.imul(high + target + 1, 0xc2b2ae35) ^ (high >>> 13);
      }
      const hash = (high & 0x1fffff) * 0x100000000 + (low >>> 0);
      let id = ids.get(hash);
      if (id === undefined) ids.set(hash, (id = ids.size));
      refined[state] = id;
    }
    classes = refined;
    if (ids.size === count) break;
    count = ids.size;
  }
  return classes;
}
