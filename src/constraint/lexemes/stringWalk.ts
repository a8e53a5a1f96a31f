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

/** The result of a walk from one state of a string machine. */
export interface WalkedLexeme {
  /** The tokens that stay inside the string. */
  readonly inside: Uint32Array;
  /** Nodes of the trie whose byte closes the string, with the labels of the ends. */
  readonly exitNodes: readonly number[];
  readonly exitLabels: readonly number[];
  /** An upper bound of the number of bytes of a token inside the string. */
  readonly reach: number;
}

/** Characters of which any sequence up to some length can be read from a state. */
interface Row {
  /** A set of `Subtrees`; null if there are none, such as inside a character. */
  readonly set: Int32Array | null;
  /** The maximum length in code points. */
  readonly room: number;
  /** Those that lead back to the state; null if there are none. */
  readonly loops: Int32Array | null;
}

/** The sequences of a machine's states. */
interface Rows {
  readonly sets: (Int32Array | null | undefined)[];
  readonly rooms: number[];
  /** Any text can be read, except the quote, the backslash and control characters. */
  readonly isFree: boolean[];
}

/** Maximum length of sequences in code points: higher subtrees are rarely accepted whole. */
const MAX_ROOM = 32;

/** Walks the trie of a vocabulary along with the machines of strings. */
export class LexemeWalk {
  private readonly vocabulary: Vocabulary;
  private readonly subtrees: Subtrees;
  /** The machine's states, one per depth of the trie. */
  private readonly states: Int32Array;
  private readonly rows = new WeakMap<StringMachine, Rows>();
  private readonly rowsByContent = new WeakMap<Content, (Row | undefined)[]>();

  constructor(vocabulary: Vocabulary, longestToken: number) {
    this.vocabulary = vocabulary;
    this.states = new Int32Array(longestToken + 2);
    this.subtrees = vocabulary.tables.subtrees;
  }

  /**
   * One walk over the trie, with one state per depth. A subtree is skipped if its byte cannot follow or the string has ended,
   * and accepted whole if any sequence of its characters can follow. With `all`, a superset of the tokens that can stay inside,
   * the walk starts from that set and removes tokens, so that accepting a subtree costs nothing. Below a state from which any
   * text can be read, only quotes and backslashes are visited.
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
    // Up to node `region`, all characters follow `regionState`, the state at depth `regionLevel`. Before node `resume`, the walk
    // is below a mark.
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

  /** The state before the byte into `node`, starting from `state` at depth `level` above it. */
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

  /** Records the sequences of a state, and returns their set. */
  private setOf(machine: StringMachine, state: number, rows: Rows): Int32Array | null {
    const row = machine.isPlain(state) ? this.rowOf(machine.content, machine.contentStateAt(state)) : NO_ROW;
    let { room, set } = row;
    if (machine.isCounting) {
      // Counts are only tracked for self-loops, which leave the content unchanged.
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
