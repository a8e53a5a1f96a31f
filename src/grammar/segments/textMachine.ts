import {
  ByteAutomaton,
  compilePattern,
  literals,
  type RegexLimits,
  universal,
  wellFormed,
} from "../../regex/index.js";
import { type Binary, binaryOf } from "../bytes.js";

/** The text continues in this state: it has not been left. */
export const INSIDE = -1;

/**
 * A text outside of JSON, as a deterministic automaton over its bytes. In an accepting state with successors, the text may stop or
 * continue. In a state with a label in `exits`, the text has ended, and the label determines what follows.
 */
export class TextMachine {
  readonly automaton: ByteAutomaton;
  /** By state: the label of the end that was reached, or `INSIDE`. */
  readonly exits: Int32Array;

  constructor(automaton: ByteAutomaton, exits: Int32Array) {
    this.automaton = automaton;
    this.exits = exits;
  }

  /** Whether the text may stop in `state`, although it may also continue. */
  mayStop(state: number): boolean {
    return this.automaton.accepting[state] === 1 && this.exits[state] === INSIDE;
  }

  /** A shortest rest of the text, of printable characters if there is a choice. */
  closing(state: number): Binary {
    const { automaton } = this;
    let text = "";
    for (let at = state; automaton.distance[at] > 0; ) {
      const wanted = automaton.distance[at] - 1;
      const byte = CLOSING_BYTES.find((one) => {
        const next = automaton.step(at, one);
        return next !== 0 && automaton.distance[next] === wanted;
      })!;
      text += String.fromCharCode(byte);
      at = automaton.step(at, byte);
    }
    return text;
  }
}

/** All bytes, letters first. */
const CLOSING_BYTES: readonly number[] = [
  ..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
  ..." !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
]
  .map((character) => character.charCodeAt(0))
  .concat(
    [0x0a, 0x0d, 0x09],
    Array.from({ length: 128 }, (_, i) => 0x80 + i),
  )
  .concat(Array.from({ length: 32 }, (_, i) => i));

/** Exactly these bytes. */
export function literalMachine(text: Binary): TextMachine {
  const classOf = new Uint8Array(256);
  let classCount = 1;
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    if (classOf[byte] === 0) classOf[byte] = classCount++;
  }
  const stateCount = text.length + 2;
  const next = new Int32Array(stateCount * classCount);
  for (let i = 0; i < text.length; i++) next[(i + 1) * classCount + classOf[text.charCodeAt(i)]] = i + 2;
  const accepting = new Uint8Array(stateCount);
  accepting[stateCount - 1] = 1;
  const exits = new Int32Array(stateCount).fill(INSIDE);
  exits[stateCount - 1] = 0;
  return new TextMachine(
    new ByteAutomaton({ start: 1, stateCount, classOf, classCount, next, accepting }),
    exits,
  );
}

/** One of these texts. */
export function choiceMachine(choices: readonly string[]): TextMachine {
  return wholeText(wellFormed(literals(choices)));
}

/**
 * The texts that fully match an ECMA-262 pattern, without lone surrogates. Throws `RegexError`.
 */
export function patternMachine(pattern: string, limits: Partial<RegexLimits>): TextMachine {
  // First compiled alone: inside a group, a malformed pattern might become well-formed.
  compilePattern(pattern, limits);
  return wholeText(wellFormed(compilePattern(`^(?:${pattern})$`, limits)));
}

/** The texts of `automaton`; they end where nothing more can follow. */
function wholeText(automaton: ByteAutomaton): TextMachine {
  const { stateCount, classCount, next, accepting, classOf } = automaton;
  const used = new Set(classOf);
  const exits = new Int32Array(stateCount).fill(INSIDE);
  for (let state = 1; state < stateCount; state++) {
    if (accepting[state] === 0) continue;
    let goesOn = false;
    for (const one of used) goesOn ||= next[state * classCount + one] !== 0;
    if (!goesOn) exits[state] = 0;
  }
  return new TextMachine(automaton, exits);
}

/** A text that ends free text; its label is its index in the list. */
export interface Marker {
  text: string;
  /** Whether it only applies at the very start of the free text. */
  onlyAtStart?: boolean;
}

/**
 * Well-formed text that contains no marker except at its end, where the marker's label determines what follows (the first in the
 * list if several end at once). `mayStop`: it may also stop at any character boundary.
 */
export function freeTextMachine(markers: readonly Marker[], mayStop: boolean): TextMachine {
  return new FreeText(markers, mayStop).build();
}

/**
 * The product of three readers of the same bytes: one for well-formed text, one that searches for markers anywhere (Aho-Corasick),
 * and one for markers at the start, which stops at the first other byte.
 */
class FreeText {
  private readonly anywhere: MarkerTree;
  private readonly atStart: MarkerTree;
  private readonly mayStop: boolean;
  private readonly ids = new Map<string, number>();
  private readonly states: { text: number; anywhere: number; atStart: number; label: number }[] = [];

  constructor(markers: readonly Marker[], mayStop: boolean) {
    this.anywhere = new MarkerTree(markers.map((one) => (one.onlyAtStart === true ? undefined : one.text)));
    this.atStart = new MarkerTree(markers.map((one) => (one.onlyAtStart === true ? one.text : undefined)));
    this.mayStop = mayStop;
  }

  build(): TextMachine {
    const text = wellFormed(universal());
    const { anywhere, atStart, states } = this;
    states.push({ text: 0, anywhere: 0, atStart: 0, label: INSIDE });
    const start = this.id(text.start, 0, 0, INSIDE);
    const rows: Int32Array[] = [new Int32Array(256)];
    for (let at = start; at < states.length; at++) {
      const row = new Int32Array(256);
      rows.push(row);
      const from = states[at];
      if (from.label !== INSIDE) continue;
      for (let byte = 0; byte < 256; byte++) {
        const next = text.step(from.text, byte);
        if (next === 0) continue;
        const search = anywhere.advance(from.anywhere, byte);
        const opening = from.atStart < 0 ? -1 : atStart.child(from.atStart, byte);
        const label = earlier(anywhere.labels[search], opening < 0 ? INSIDE : atStart.labels[opening]);
        row[byte] = label === INSIDE ? this.id(next, search, opening, INSIDE) : this.id(0, 0, -1, label);
      }
    }
    const next = new Int32Array(rows.length * 256);
    for (const [state, row] of rows.entries()) next.set(row, state * 256);
    const exits = Int32Array.from(states, ({ label }) => label);
    const accepting = Uint8Array.from(states, ({ text: at, label }) =>
      // If the text may stop, that is the shortest ending: after a marker, more may have to be written.
      (this.mayStop ? text.accepting[at] === 1 : label !== INSIDE) ? 1 : 0,
    );
    const classOf = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const tables = { start, stateCount: rows.length, classOf, classCount: 256, next, accepting };
    return new TextMachine(new ByteAutomaton(tables), exits);
  }

  private id(text: number, anywhere: number, atStart: number, label: number): number {
    const key = `${text},${anywhere},${atStart},${label}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.states.length;
      this.ids.set(key, id);
      this.states.push({ text, anywhere, atStart, label });
    }
    return id;
  }
}

/** The label that comes first in the list of markers. */
function earlier(a: number, b: number): number {
  if (a === INSIDE) return b;
  return b === INSIDE ? a : Math.min(a, b);
}

/** A tree of marker texts; node 0 is its root. */
class MarkerTree {
  readonly labels: number[] = [INSIDE];
  private readonly children: Map<number, number>[] = [new Map()];
  /** By node: the node of its longest proper suffix in the tree. */
  private readonly suffixes: number[] = [0];

  /** Markers by label; undefined leaves a label out. */
  constructor(markers: readonly (string | undefined)[]) {
    for (const [label, marker] of markers.entries()) {
      if (marker === undefined) continue;
      let node = 0;
      for (const character of binaryOf(marker)) node = this.grow(node, character.charCodeAt(0));
      this.labels[node] = earlier(this.labels[node], label);
    }
    this.link();
  }

  child(node: number, byte: number): number {
    return this.children[node].get(byte) ?? -1;
  }

  /** The longest suffix of the text, including `byte`, that is in the tree. */
  advance(from: number, byte: number): number {
    for (let node = from; ; node = this.suffixes[node]) {
      const child = this.child(node, byte);
      if (child >= 0) return child;
      if (node === 0) return 0;
    }
  }

  private grow(node: number, byte: number): number {
    let child = this.child(node, byte);
    if (child < 0) {
      child = this.labels.length;
      this.children[node].set(byte, child);
      this.children.push(new Map());
      this.labels.push(INSIDE);
      this.suffixes.push(0);
    }
    return child;
  }

  /** Breadth first, so that the suffixes of shorter texts are known. */
  private link(): void {
    const queue = [0];
    for (let head = 0; head < queue.length; head++) {
      const node = queue[head];
      for (const [byte, child] of this.children[node]) {
        queue.push(child);
        this.suffixes[child] = node === 0 ? 0 : this.advance(this.suffixes[node], byte);
        this.labels[child] = earlier(this.labels[child], this.labels[this.suffixes[child]]);
      }
    }
  }
}
