import {
  type Configuration,
  hasOther,
  inNumber,
  isMachinePlace,
  isNumberPlace,
  isTextPlace,
  type LiteralSpan,
  type MachinePlace,
  Sink,
  type TextPlace,
} from "../grammar/index.js";
import type { Trie } from "../vocabulary/index.js";
import type { NumberTokens } from "./numberTokens.js";

const SPACES = [0x20, 0x09, 0x0a, 0x0d];

/** What walks add to. */
export interface Found {
  readonly tokens: number[];
  /** Tokens to be tried before they are allowed. */
  readonly doubtful: number[];
  readonly lists?: (readonly number[])[];
}

/** What all walks of one vocabulary share. */
export interface SharedInWalks {
  /** Room for one number a depth of the trie. */
  readonly states: Int32Array;
  readonly numbers: NumberTokens;
}

/** Walks a trie of tokens (or of their rests) together with the automaton, and collects the tokens that can follow. */
export class Walk {
  private readonly trie: Trie;
  /** White space that may stand in a row. */
  private readonly room: number;
  private tokens: number[];
  private readonly doubtful: number[];
  /** For tokens that other walks share; undefined where all are to be collected one by one. */
  private readonly lists: (readonly number[])[] | undefined;
  private readonly states: Int32Array;
  private readonly numbers: NumberTokens;

  constructor(trie: Trie, room: number, found: Found, shared: SharedInWalks) {
    this.trie = trie;
    this.room = room;
    this.tokens = found.tokens;
    this.doubtful = found.doubtful;
    this.lists = found.lists;
    this.states = shared.states;
    this.numbers = shared.numbers;
  }

  /**
   * Adds the tokens below `node` that can follow in `configuration`, where `room` white space characters may still
   * stand; those that begin with white space only with `spaces`.
   */
  structure(node: number, configuration: Configuration, room: number, spaces: boolean): void {
    const { trie } = this;
    if (trie.end[node] === node + 1) return;
    if (configuration.inString) {
      this.strings(node, configuration);
      return;
    }
    if (configuration.hasNumber && configuration.places.every(isNumberPlace)) {
      this.number(node, configuration, room, spaces);
      return;
    }
    this.between(node, configuration, configuration.bytes, room, spaces);
  }

  /** Between the tokens of the document: `bytes` are those that may follow, white space aside. */
  private between(
    node: number,
    configuration: Configuration,
    bytes: readonly number[],
    room: number,
    spaces: boolean,
  ): void {
    const { trie } = this;
    for (let i = 0; i < bytes.length; i++) {
      const child = trie.child(node, bytes[i]);
      if (child >= 0) this.enter(child, configuration, bytes[i], this.room);
    }
    if (!spaces || room <= 0) return;
    for (const space of SPACES) {
      const child = trie.child(node, space);
      if (child >= 0) this.enter(child, configuration, space, room - 1);
    }
  }

  /** Inside a number, each thread for itself: those of its tokens that are known, and what follows where it may end. */
  private number(node: number, { places, outers }: Configuration, room: number, spaces: boolean): void {
    const { tokens, lists } = this;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (!isNumberPlace(place)) continue;
      const { machine } = place;
      const found = this.numbers.of(this.trie, node, machine, place.state);
      if (lists !== undefined && tokens !== this.doubtful) lists.push(found.tokens);
      else for (let t = 0; t < found.tokens.length; t++) tokens.push(found.tokens[t]);
      const { endNodes, endStates } = found;
      if (endNodes.length === 0) continue;
      const { bytes } = outers[i].resolved;
      for (let e = 0; e < endNodes.length; e++) {
        const ended = outers[i].around(inNumber(machine, endStates[e]));
        if (endNodes[e] === node) this.between(node, ended, bytes, room, spaces);
        else this.between(endNodes[e], ended, bytes, this.room, true);
      }
    }
  }

  private enter(child: number, configuration: Configuration, byte: number, room: number): void {
    const stepped = configuration.step(byte);
    if (stepped === undefined) return;
    const next = stepped.resolved;
    if (next.places.length === 0) return;
    const { tokens } = this;
    if (stepped.isDoubtful || configuration.endsVaguely(byte)) this.tokens = this.doubtful;
    this.take(child);
    if (stepped.isVague || next.isVague) this.tokens = this.doubtful;
    this.structure(child, next, room, true);
    this.tokens = tokens;
  }

  private take(node: number): void {
    const { first, payload } = this.trie;
    for (let i = first[node]; i < first[node + 1]; i++) this.tokens.push(payload[i]);
  }

  private strings(node: number, { places, outers }: Configuration): void {
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (isMachinePlace(place)) this.machine(node, place, outers[i]);
      else if (isTextPlace(place)) this.texts(node, place, outers[i]);
    }
  }

  /** The subtree below `node`, inside one of a list of texts: the texts are followed down, not the trie. */
  texts(node: number, place: TextPlace, outer: Configuration): void {
    const { trie } = this;
    const { list, from, to, depth } = place.span;
    const nodes: number[] = [node];
    let previous = "";
    for (let i = from; i < to; i++) {
      const text = list.texts[i];
      // The list is sorted: what a text shares with the one before it has been taken already.
      let level = 0;
      while (
        level < nodes.length - 1 &&
        text.charCodeAt(depth + level) === previous.charCodeAt(depth + level)
      )
        level++;
      nodes.length = level + 1;
      previous = text;
      for (let at = depth + level; at < text.length; at++) {
        const child = trie.child(nodes[at - depth], text.charCodeAt(at));
        if (child < 0) break;
        nodes.push(child);
        if (at + 1 < text.length) this.take(child);
        else {
          const sink = new Sink();
          place.end(list.values[i], outer, sink);
          this.ended(child, outer, sink);
        }
      }
    }
  }

  /** The text ended with the byte into `node`; `sink` holds what follows. */
  private ended(node: number, outer: Configuration, sink: Sink): void {
    if (sink.places.length === 0) return;
    const ended = outer.interner.of(sink);
    const after = ended.resolved;
    if (after.places.length === 0) return;
    const { tokens } = this;
    if (ended.isDoubtful) this.tokens = this.doubtful;
    this.take(node);
    if (ended.isVague) this.tokens = this.doubtful;
    this.structure(node, after, this.room, true);
    this.tokens = tokens;
  }

  /**
   * The subtree below `node`, inside a string: a state a depth, and what is excluded where something is. What is walked
   * behind the string's end lies deeper than any state still needed here, so all share one array.
   */
  private machine(node: number, place: MachinePlace, outer: Configuration): void {
    const { byte, depth, end } = this.trie;
    const { states } = this;
    const { machine, excluded } = place;
    const spans: (LiteralSpan | undefined)[] | undefined = excluded === undefined ? undefined : [];
    states[depth[node]] = place.state;
    if (spans !== undefined) spans[depth[node]] = excluded;
    for (let child = node + 1; child < end[node]; ) {
      const level = depth[child];
      const state = machine.step(states[level - 1], byte[child]);
      const span = spans?.[level - 1]?.step(byte[child]);
      if (state > 0 && (span === undefined || hasOther(machine, state, span))) {
        states[level] = state;
        if (spans !== undefined) spans[level] = span;
        this.take(child);
        child++;
        continue;
      }
      if (state < 0 && (span === undefined || span.ended < 0)) {
        const sink = new Sink();
        place.end(-2 - state, outer, sink);
        this.ended(child, outer, sink);
      }
      child = end[child];
    }
  }
}
