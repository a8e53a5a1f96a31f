import { type Content, findLoops, findRun, isTotal, type StringMachine } from "../../grammar/index.js";
import {
  addToSet,
  FULL_SET,
  heightOf,
  isFull,
  isWhole,
  SET_WORDS,
  type Subtrees,
  type Vocabulary,
} from "../../vocabulary/index.js";

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

/** Characters of which any row up to some length can be read from a state on. */
interface Row {
  /** As a set of `Subtrees`; null where there are none, inside a character above all. */
  readonly set: Int32Array | null;
  /** The length, in code points. */
  readonly room: number;
  /** Those that lead back to the state; null where there are none. */
  readonly loops: Int32Array | null;
}

/** The rows of a machine's states. */
interface Rows {
  readonly sets: (Int32Array | null | undefined)[];
  readonly rooms: number[];
  /** Any text can be read, the quote, the backslash and control characters aside. */
  readonly isFree: boolean[];
}

/** Longest rows that are looked for, in code points: higher subtrees are hardly taken whole. */
const MAX_ROOM = 32;

/** Walks the trie of one vocabulary together with the machines of strings. */
export class LexemeWalk {
  private readonly vocabulary: Vocabulary;
  private readonly subtrees: Subtrees;
  /** The machine's states, one a depth of the trie. */
  private readonly states: Int32Array;
  private readonly rows = new WeakMap<StringMachine, Rows>();
  private readonly rowsByContent = new WeakMap<Content, (Row | undefined)[]>();

  constructor(vocabulary: Vocabulary, longestToken: number) {
    this.vocabulary = vocabulary;
    this.states = new Int32Array(longestToken + 2);
    this.subtrees = vocabulary.tables.subtrees;
  }

  /**
   * One walk over the trie: a state for each depth. Subtrees are left out where a byte cannot follow or the string has
   * ended, and taken whole where they hold only characters of which any row can follow. With `all`, a set that holds
   * whatever can stay inside, the walk begins with that and takes out what cannot, so that a subtree taken whole costs
   * nothing, and below a state from which any text can be read only quotes and backslashes are looked at.
   */
  run(machine: StringMachine, start: number, all: Uint32Array | undefined): WalkedLexeme {
    const { size, payload } = this.vocabulary.trie;
    const { states } = this;
    const { marks, records, sets } = this.subtrees;
    const rows = this.rowsOf(machine);
    const rowSets = rows.sets;
    const { isFree, rooms } = rows;
    const takesOut = all !== undefined;
    const inside = all === undefined ? new Uint32Array(this.vocabulary.maskWords) : all.slice();
    const exitNodes: number[] = [];
    const exitLabels: number[] = [];
    let table = machine.next;
    let reach = 0;
    states[0] = start;
    // Up to node `region` all characters follow `regionState`, which stands at depth `regionLevel`; before node `resume`
    // the walk is below a mark.
    let region = 0;
    let regionState = 0;
    let regionLevel = 0;
    let resume = 0;
    for (let node = 1; node < size; ) {
      if (node < region && node >= resume) {
        node = marks[node];
        if (node >= region) {
          node = region;
          region = 0;
          continue;
        }
        states[(records[node << 2] >>> 8) - 1] = this.follow(machine, regionState, regionLevel, node);
        table = machine.next;
        resume = records[(node << 2) + 1];
      }
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
          let set = rowSets[state];
          if (set === undefined) set = this.setOf(machine, state, rows);
          if (set !== null && heightOf(below) <= rooms[state] && isWhole(sets, below, set)) {
            next = records[record + 1];
            height = heightOf(below);
          } else {
            states[level] = state;
            if (takesOut && isFree[state] && node >= resume) {
              region = records[record + 1];
              regionState = state;
              regionLevel = level;
              height = below < 0 ? states.length : heightOf(below);
            }
          }
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

  /** The state before the byte into `node`, from `state` at depth `level` above it on. */
  private follow(machine: StringMachine, state: number, level: number, node: number): number {
    const { records } = this.subtrees;
    const token = this.vocabulary.tokens[this.vocabulary.trie.payload[records[(node << 2) + 3]]];
    const last = (records[node << 2] >>> 8) - 1;
    for (let at = level; at < last; at++) state = machine.step(state, token[at]);
    return state;
  }

  private rowsOf(machine: StringMachine): Rows {
    let rows = this.rows.get(machine);
    if (rows === undefined) this.rows.set(machine, (rows = { sets: [], rooms: [], isFree: [] }));
    return rows;
  }

  /** Notes the row of a state, and gives its set. */
  private setOf(machine: StringMachine, state: number, rows: Rows): Int32Array | null {
    const row = machine.isPlain(state) ? this.rowOf(machine.content, machine.contentStateAt(state)) : NO_ROW;
    let { room, set } = row;
    if (machine.isCounting) {
      // Counts are kept for self-loops only: they leave the content where it is.
      room = row.loops === null ? 0 : machine.roomAt(state, MAX_ROOM);
      set = room === 0 ? null : row.loops;
    }
    rows.rooms[state] = room;
    rows.isFree[state] = set !== null && room === ENDLESS && isFull(set);
    rows.sets[state] = set;
    return set;
  }

  private rowOf(content: Content, state: number): Row {
    let known = this.rowsByContent.get(content);
    if (known === undefined) this.rowsByContent.set(content, (known = []));
    return (known[state] ??= findRow(content, state));
  }
}

const ENDLESS = Number.POSITIVE_INFINITY;
const NO_ROW: Row = { set: null, room: 0, loops: null };

function findRow(content: Content, state: number): Row {
  const set = new Int32Array(SET_WORDS);
  let loops: Int32Array | null = null;
  findLoops(content, state, (byte) => {
    loops = set;
    addToSet(set, byte);
  });
  if (isTotal(content, state)) return { set: FULL_SET, room: ENDLESS, loops };
  if (loops !== null) return { set, room: ENDLESS, loops };
  const run = findRun(content, state, MAX_ROOM);
  if (run === undefined) return NO_ROW;
  for (const byte of run.bytes) addToSet(set, byte);
  return { set, room: run.room, loops };
}
