/** The distance of a state from which nothing is accepted. */
export const INFINITE = 0x3fffffff;

let nextId = 1;

/** The tables of an automaton; see `ByteAutomaton` for their meaning. */
export interface AutomatonTables {
  start: number;
  stateCount: number;
  classOf: Uint8Array;
  classCount: number;
  next: Int32Array;
  accepting: Uint8Array;
}

/**
 * A complete deterministic automaton over the bytes of a UTF-8 string. Its alphabet is generalised UTF-8, which includes surrogates
 * (three bytes each, from `ED A0 80` to `ED BF BF`), so that strings with lone surrogates can be distinguished; `wellFormed` is
 * the language without them. State 0 is dead: it never accepts and loops on itself. The automaton is minimal, so every
 * other state reaches acceptance.
 */
export class ByteAutomaton {
  /** A unique number, under which derived data is cached. */
  readonly id = nextId++;
  /** The start state; 0 if the language is empty. */
  readonly start: number;
  readonly stateCount: number;
  /** Byte -> class. */
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** [state * classCount + class] -> state */
  readonly next: Int32Array;
  /** By state: 1 if it accepts. */
  readonly accepting: Uint8Array;
  /** By state: the minimum number of bytes to acceptance; `INFINITE` only for the dead state. */
  readonly distance: Int32Array;

  constructor(tables: AutomatonTables) {
    this.start = tables.start;
    this.stateCount = tables.stateCount;
    this.classOf = tables.classOf;
    this.classCount = tables.classCount;
    this.next = tables.next;
    this.accepting = tables.accepting;
    this.distance = distances(tables);
  }

  step(state: number, byte: number): number {
    return this.next[state * this.classCount + this.classOf[byte]];
  }

  /** Whether the language contains `text`. A lone surrogate counts as its three bytes. */
  matches(text: string): boolean {
    let state = this.start;
    for (let i = 0; i < text.length && state !== 0; i++) {
      const point = text.codePointAt(i)!;
      if (point < 0x80) {
        state = this.step(state, point);
        continue;
      }
      if (point < 0x800) state = this.step(state, 0xc0 | (point >> 6));
      else {
        if (point < 0x10000) state = this.step(state, 0xe0 | (point >> 12));
        else {
          state = this.step(state, 0xf0 | (point >> 18));
          state = this.step(state, 0x80 | ((point >> 12) & 63));
          i++;
        }
        state = this.step(state, 0x80 | ((point >> 6) & 63));
      }
      state = this.step(state, 0x80 | (point & 63));
    }
    return this.accepting[state] === 1;
  }

  get isEmpty(): boolean {
    return this.start === 0;
  }

  /** Whether the language contains every string. */
  get isUniversal(): boolean {
    if (this.start === 0 || this.accepting[this.start] === 0) return false;
    return UNIVERSAL.every(([prefix, first, last, target]) => {
      const from = this.walk(prefix);
      const to = this.walk(target);
      for (let byte = first; byte <= last; byte++) if (this.step(from, byte) !== to) return false;
      return true;
    });
  }

  private walk(bytes: readonly number[]): number {
    let state = this.start;
    for (const byte of bytes) state = this.step(state, byte);
    return state;
  }

  /** The memory of the tables, in bytes. */
  get byteLength(): number {
    return (
      this.next.byteLength + this.distance.byteLength + this.accepting.byteLength + this.classOf.byteLength
    );
  }
}

/** Adds to the minimal automaton of all strings: after `prefix`, the bytes `first` to `last` lead to `target`. */
const UNIVERSAL: readonly [prefix: number[], first: number, last: number, target: number[]][] = [
  [[], 0x00, 0x7f, []],
  [[], 0xc2, 0xdf, [0xc2]],
  [[], 0xe1, 0xef, [0xe1]],
  [[], 0xf1, 0xf3, [0xf1]],
  [[0xc2], 0x80, 0xbf, []],
  [[0xe0], 0xa0, 0xbf, [0xc2]],
  [[0xe1], 0x80, 0xbf, [0xc2]],
  [[0xf0], 0x90, 0xbf, [0xe1]],
  [[0xf1], 0x80, 0xbf, [0xe1]],
  [[0xf4], 0x80, 0x8f, [0xe1]],
];

/** Breadth first from the accepting states, along reversed transitions. */
function distances(tables: AutomatonTables): Int32Array {
  const { stateCount, classCount, next, accepting } = tables;
  const starts = new Int32Array(stateCount + 1);
  const used = usedClasses(tables);
  for (let i = classCount; i < stateCount * classCount; i++) {
    if (used[i % classCount] === 1) starts[next[i] + 1]++;
  }
  for (let state = 0; state < stateCount; state++) starts[state + 1] += starts[state];
  const sources = new Int32Array(starts[stateCount]);
  const fill = starts.slice();
  for (let state = 1; state < stateCount; state++) {
    for (let c = 0; c < classCount; c++) {
      if (used[c] === 1) sources[fill[next[state * classCount + c]]++] = state;
    }
  }
  const distance = new Int32Array(stateCount).fill(INFINITE);
  const queue = new Int32Array(stateCount);
  let tail = 0;
  for (let state = 0; state < stateCount; state++) {
    if (accepting[state] === 0) continue;
    distance[state] = 0;
    queue[tail++] = state;
  }
  for (let head = 0; head < tail; head++) {
    const state = queue[head];
    for (let i = starts[state]; i < starts[state + 1]; i++) {
      const source = sources[i];
      if (distance[source] !== INFINITE) continue;
      distance[source] = distance[state] + 1;
      queue[tail++] = source;
    }
  }
  return distance;
}

/** By class: 1 if some byte belongs to it. */
function usedClasses(tables: AutomatonTables): Uint8Array {
  const used = new Uint8Array(tables.classCount);
  for (const c of tables.classOf) used[c] = 1;
  return used;
}
