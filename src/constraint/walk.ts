import {
  type Configuration,
  hasOther,
  isMachinePlace,
  isTextPlace,
  type LiteralSpan,
  type MachinePlace,
  Sink,
  type TextPlace,
} from "../grammar/index.js";
import type { Trie } from "../vocabulary/index.js";

const SPACES = [0x20, 0x09, 0x0a, 0x0d];

/** Walks a trie of tokens (or of their rests) together with the automaton, and collects the tokens that can follow. */
export class Walk {
  private readonly trie: Trie;
  /** White space that may stand in a row. */
  private readonly room: number;
  private tokens: number[];
  private readonly doubtful: number[];
  private readonly states: Int32Array;

  /** `states`: room for one number a depth of the trie. */
  constructor(trie: Trie, room: number, tokens: number[], doubtful: number[], states: Int32Array) {
    this.trie = trie;
    this.room = room;
    this.tokens = tokens;
    this.doubtful = doubtful;
    this.states = states;
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
    const { bytes } = configuration;
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
