import {
  FREE_STRING,
  furthestEnd,
  indistinguishable,
  type StringMachine,
  signatureOf,
} from "../../grammar/index.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import { InternedSets } from "../masks/internedLists.js";
import { countCodePoints } from "./codePoints.js";
import { type LexemeExit, LexemeExitGroups, type LexemeExits } from "./exits.js";
import { LexemeWalk } from "./stringWalk.js";

/** The tokens that stay inside a string from one state, and those that leave it. */
export interface LexemeMask {
  readonly inside: Uint32Array;
  readonly exits: readonly LexemeExit[];
  /** Maximum number of bytes of a token inside the string. */
  readonly reach: number;
}

interface BaseMask extends LexemeMask {
  readonly allExits: LexemeExits;
  /** Derived sets by the number of code points left. */
  readonly insideUpTo: Map<number, Uint32Array>;
}

interface AlikeStates {
  walks: number;
  classes: Int32Array | undefined;
  masks: Map<number, LexemeMask>;
}

const WALKS_BEFORE_CLASSES = 1;

/** Maximum number of successors of a state whose mask machines share: comparing them costs less than a walk. */
const MAX_SIGNED = 48;

/** Memory limit for the masks of one vocabulary; beyond it they are dropped and recomputed on demand. */
const MAX_BYTES = 192 << 20;
/** Approximate memory of a mask that shares its set. */
const BYTES_BESIDE_SET = 256;

/**
 * Shared by all grammars of the process for one vocabulary: for each state of each string machine, the set of tokens that stay
 * inside the string, and the tokens that leave it. Computed on demand by a walk over the vocabulary's trie.
 */
export class LexemeMasks {
  /** In bytes. */
  readonly longestToken: number;
  private readonly vocabulary: Vocabulary;
  private masks = new WeakMap<StringMachine, (LexemeMask | undefined)[]>();
  private bytes = 0;
  private readonly walker: LexemeWalk;
  private lengths: Uint16Array | undefined;
  private longest = 0;
  private alike = new WeakMap<StringMachine, AlikeStates>();
  /** Masks of states with few successors, by these successors. */
  private readonly signed = new Map<string, BaseMask>();
  private readonly upTo = new Map<number, Uint32Array>();
  private readonly sets = new InternedSets();
  private readonly exitGroups: LexemeExitGroups;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    let longest = 0;
    for (const token of vocabulary.tokens) longest = Math.max(longest, token.length);
    this.longestToken = longest;
    this.walker = new LexemeWalk(vocabulary, longest);
    this.exitGroups = new LexemeExitGroups(vocabulary);
  }

  of(machine: StringMachine, state: number): LexemeMask {
    let byState = this.masks.get(machine);
    if (byState === undefined) this.masks.set(machine, (byState = []));
    let mask = byState[state];
    if (mask === undefined) {
      if (this.bytes > MAX_BYTES) {
        this.masks = new WeakMap();
        this.alike = new WeakMap();
        this.signed.clear();
        this.sets.clear();
        this.bytes = 0;
        this.masks.set(machine, (byState = []));
      }
      byState[state] = mask = this.find(machine, state);
    }
    return mask;
  }

  /** Approximate memory in bytes. */
  get size(): number {
    return this.bytes;
  }

  private find(machine: StringMachine, state: number): LexemeMask {
    if (machine.unbounded === machine) return this.unbounded(machine, state);
    const count = machine.countAt(state);
    const least = Math.max(0, machine.minLength - count);
    const most = machine.maxLength - count;
    // Far from both bounds, the length does not matter; with free content, counting suffices.
    const base = this.of(machine.unbounded, machine.unboundedState(state)) as BaseMask;
    if (machine.content.isUniversal && machine.isPlain(state)) return this.limited(base, least, most);
    if (least === 0 && most >= base.reach + furthestEnd(machine.content)) return base;
    return this.walk(machine, state);
  }

  /**
   * Counted repetitions produce chains of states that only differ in their distance to the end. States that no token can
   * distinguish share a mask. They are determined once more than a few states of a machine have been requested.
   */
  private unbounded(machine: StringMachine, state: number): LexemeMask {
    if (!machine.isPlain(state)) return this.walk(machine, state);
    const { content, escapes } = machine;
    const signature = signatureOf(content, machine.contentStateAt(state), MAX_SIGNED);
    if (signature !== undefined) {
      // The same few patterns, and the same ends of many patterns, recur: their masks are taken from another machine.
      const key = `${escapes},${content.isUniversal},${signature}`;
      let mask = this.signed.get(key);
      if (mask === undefined) this.signed.set(key, (mask = this.walk(machine, state)));
      return mask;
    }
    let alike = this.alike.get(machine);
    if (alike === undefined)
      this.alike.set(machine, (alike = { walks: 0, classes: undefined, masks: new Map() }));
    if (++alike.walks <= WALKS_BEFORE_CLASSES) return this.walk(machine, state);
    alike.classes ??= indistinguishable(machine.content, this.longestToken + 2);
    const found = alike.classes[machine.contentStateAt(state)];
    let mask = alike.masks.get(found);
    if (mask === undefined) alike.masks.set(found, (mask = this.walk(machine, state)));
    return mask;
  }

  /** The unbounded mask minus the tokens that are too long, or that close too early or too late. */
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
    if (least > 0 || most < base.allExits.reach) exits = this.exitGroups.between(base.allExits, least, most);
    return { inside, exits, reach: base.reach };
  }

  /** If most tokens may follow, the walk starts from those of a free string. */
  private walk(machine: StringMachine, start: number): BaseMask {
    const all = this.allowsMost(machine, start) ? this.freeTokens() : undefined;
    const found = this.walker.run(machine, start, all);
    const inside = this.sets.of(found.inside);
    if (inside === found.inside) this.bytes += inside.byteLength;
    this.bytes += BYTES_BESIDE_SET;
    const allExits = this.exitGroups.of(found.exitNodes, found.exitLabels);
    return { inside, exits: allExits.exits, reach: found.reach, allExits, insideUpTo: new Map() };
  }

  /** Whether more than half of all tokens start with a byte that may follow. */
  private allowsMost(machine: StringMachine, state: number): boolean {
    const { byte, end, first, payload } = this.vocabulary.trie;
    if (machine === FREE_STRING || !machine.isPlain(state)) return false;
    let count = 0;
    for (let node = 1; node < end[0]; node = end[node])
      if (machine.step(state, byte[node]) > 0) count += first[end[node]] - first[node];
    return count * 2 > payload.length;
  }

  /** The tokens that stay inside an unrestricted string: a superset of those for any other string. */
  private freeTokens(): Uint32Array {
    return this.of(FREE_STRING, FREE_STRING.start).inside;
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
