import { type Content, findLoops, type StringMachine } from "../grammar/index.js";
import { addToSet, heightOf, isWhole, SET_WORDS, Subtrees, type Vocabulary } from "../vocabulary/index.js";

/** What a walk finds from one state of a string machine on. */
export interface WalkedLexeme {
  /** The tokens that stay inside the string. */
  readonly inside: Uint32Array;
  /** Nodes of the trie whose byte closes the string, with the labels of the ends. */
  readonly exitNodes: readonly number[];
  readonly exitLabels: readonly number[];
  /** Longest way of a token through the string, in bytes, or more. */
  readonly reach: number;
}

/** Characters that lead back to a state; null where it has none. */
type LoopSet = Int32Array | null;

/** What is known of a machine's states for taking subtrees whole. */
interface Loops {
  readonly sets: (LoopSet | undefined)[];
  /** Code points that loops from a state may add, for machines that count them. */
  readonly rooms: (number | undefined)[];
}

/** Subtrees higher than this are not taken whole by machines that count. */
const MOST_ROOM = 32;

/** Walks the trie of one vocabulary together with the machines of strings. */
export class LexemeWalk {
  private readonly vocabulary: Vocabulary;
  private readonly subtrees: Subtrees;
  /** The machine's states, one a depth of the trie. */
  private readonly states: Int32Array;
  private readonly loops = new WeakMap<StringMachine, Loops>();
  private readonly loopsByContent = new WeakMap<Content, (LoopSet | undefined)[]>();

  constructor(vocabulary: Vocabulary, longestToken: number) {
    this.vocabulary = vocabulary;
    this.states = new Int32Array(longestToken + 2);
    this.subtrees = new Subtrees(vocabulary.trie);
  }

  /**
   * One walk over the trie: a state for each depth. Subtrees are left out where a byte cannot follow or the string has
   * ended, and taken whole where they hold only characters that lead back to the state. With `all`, a set that holds
   * whatever can stay inside, the walk begins with that and takes out what cannot, so that a subtree taken whole costs
   * nothing.
   */
  run(machine: StringMachine, start: number, all: Uint32Array | undefined): WalkedLexeme {
    const { size, payload } = this.vocabulary.trie;
    const { states } = this;
    const { records, sets } = this.subtrees;
    const loops = this.loopsOf(machine);
    const loopSets = loops.sets;
    const takesOut = all !== undefined;
    const counts = machine.isCounting;
    const inside = all === undefined ? new Uint32Array(this.vocabulary.maskWords) : all.slice();
    const exitNodes: number[] = [];
    const exitLabels: number[] = [];
    let table = machine.next;
    let reach = 0;
    states[0] = start;
    for (let node = 1; node < size; ) {
      const record = node << 2;
      const level = records[record] >>> 8;
      const before = states[level - 1];
      const byte = records[record] & 0xff;
      let state = table[(before << 8) | byte];
      if (state === -1) {
        state = machine.step(before, byte);
        table = machine.next;
      }
      let next = node + 1;
      if (state > 0) {
        const below = records[record + 2];
        let height = 0;
        if (below !== 0) {
          let set = loopSets[state];
          if (set === undefined) set = this.setOf(machine, state, loops);
          if (
            set !== null &&
            isWhole(sets, below, set) &&
            (!counts || heightOf(below) <= this.roomOf(machine, state, loops))
          ) {
            next = records[record + 1];
            height = heightOf(below);
          } else states[level] = state;
        }
        if (level + height > reach) reach = level + height;
        if (!takesOut) {
          const last = records[(next << 2) + 3];
          for (let i = records[record + 3]; i < last; i++) inside[payload[i] >>> 5] |= 1 << (payload[i] & 31);
        }
      } else {
        next = records[record + 1];
        if (state < 0) {
          exitNodes.push(node);
          exitLabels.push(-2 - state);
          if (level > reach) reach = level;
        } else if (takesOut) {
          const last = records[(next << 2) + 3];
          for (let i = records[record + 3]; i < last; i++)
            inside[payload[i] >>> 5] &= ~(1 << (payload[i] & 31));
        }
      }
      node = next;
    }
    return { inside, exitNodes, exitLabels, reach };
  }

  private loopsOf(machine: StringMachine): Loops {
    let loops = this.loops.get(machine);
    if (loops === undefined) this.loops.set(machine, (loops = { sets: [], rooms: [] }));
    return loops;
  }

  /** The characters that lead the content back to where it is, as a set of `Subtrees`. */
  private setOf(machine: StringMachine, state: number, loops: Loops): LoopSet {
    let set: LoopSet = null;
    if (machine.isPlain(state)) {
      const { content } = machine;
      const inner = machine.contentStateAt(state);
      let known = this.loopsByContent.get(content);
      if (known === undefined) this.loopsByContent.set(content, (known = []));
      set = known[inner] ??= loopSet(content, inner);
    }
    loops.sets[state] = set;
    return set;
  }

  private roomOf(machine: StringMachine, state: number, loops: Loops): number {
    let room = loops.rooms[state];
    if (room === undefined) loops.rooms[state] = room = machine.roomAt(state, MOST_ROOM);
    return room;
  }
}

/** Null where there are none: inside a character, above all. */
function loopSet(content: Content, state: number): LoopSet {
  const set = new Int32Array(SET_WORDS);
  let any = false;
  findLoops(content, state, (byte) => {
    any = true;
    addToSet(set, byte);
  });
  return any ? set : null;
}
