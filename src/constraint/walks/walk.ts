import {
  type Binary,
  type Configuration,
  hasOther,
  INSIDE,
  inNumber,
  isLazyPlace,
  isMachinePlace,
  isNumberPlace,
  isSegmentPlace,
  isTextPlace,
  type LiteralSpan,
  type MachinePlace,
  type SegmentPlace,
  Sink,
  type TextPlace,
} from "../../grammar/index.js";
import type { Trie } from "../../vocabulary/index.js";
import type { NumberTokens } from "../lexemes/numberTokens.js";
import type { StringTokens } from "../lexemes/stringTokens.js";
import type { TokenList } from "../masks/recipe.js";
import { spaceRuns } from "../whitespace/runs.js";

/** Shared lists that are shorter are copied. */
const SHORT_LIST = 6;

/** What walks add to. */
export interface Found {
  readonly tokens: number[];
  /** Doubtful tokens, which are tried before they are permitted. */
  readonly doubtful: number[];
  /** Further tokens, in lists shared with other walks. */
  readonly lists: TokenList[];
}

/** Shared by all walks of one vocabulary. */
export interface SharedInWalks {
  /** Space for one number per depth of the trie. */
  readonly states: Int32Array;
  readonly numbers: NumberTokens;
  readonly strings: StringTokens;
}

/** Walks a trie of tokens (or of their rests) together with the automaton, and collects the tokens that can follow. */
export class Walk {
  private readonly trie: Trie;
  /** Maximum run of white space. */
  private readonly room: number;
  private tokens: number[];
  private readonly doubtful: number[];
  private readonly lists: TokenList[];
  private readonly shared: SharedInWalks;

  constructor(trie: Trie, room: number, found: Found, shared: SharedInWalks) {
    this.trie = trie;
    this.room = room;
    this.tokens = found.tokens;
    this.doubtful = found.doubtful;
    this.lists = found.lists;
    this.shared = shared;
  }

  /**
   * Adds the tokens below `node` that can follow in `configuration`, with up to `room` further white space characters. Tokens that
   * start with white space are only added with `spaces`.
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

  /** Between the tokens of the document; `bytes` may follow, in addition to white space. */
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
    if (spaces && room > 0) this.spaces(node, configuration, room);
  }

  /** Runs of white space of up to `room` characters, and what follows them. */
  private spaces(node: number, configuration: Configuration, room: number): void {
    const runs = spaceRuns(this.trie, node);
    if (runs.longest === 0) return;
    const stepped = configuration.step(0x20);
    if (stepped === undefined) return;
    const next = stepped.resolved;
    if (next.places.length === 0) return;
    const { tokens } = this;
    if (stepped.isDoubtful || configuration.endsVaguely(0x20)) this.tokens = this.doubtful;
    if (runs.longest <= room) this.add(runs.tokens);
    else
      for (let i = 0; i < runs.tokens.length; i++)
        if (runs.lengths[i] <= room) this.tokens.push(runs.tokens[i]);
    if (stepped.isVague || next.isVague) this.tokens = this.doubtful;
    for (let i = 0; i < runs.endNodes.length; i++)
      if (runs.endLengths[i] <= room) this.structure(runs.endNodes[i], next, 0, false);
    this.tokens = tokens;
  }

  private add(list: TokenList): void {
    if (list.length >= SHORT_LIST && this.tokens !== this.doubtful) this.lists.push(list);
    else for (let i = 0; i < list.length; i++) this.tokens.push(list[i]);
  }

  /** Inside a number, for each thread separately: its cached tokens, and what follows if the number may end. */
  private number(node: number, { places, outers }: Configuration, room: number, spaces: boolean): void {
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (!isNumberPlace(place)) continue;
      const { machine } = place;
      const { tokens, endNodes, endStates } = this.shared.numbers.of(this.trie, node, machine, place.state);
      this.add(tokens);
      if (endNodes.length === 0) continue;
      const after = outers[i].resolved;
      if (after.inString) {
        for (let e = 0; e < endNodes.length; e++) this.strings(endNodes[e], after);
        continue;
      }
      const { bytes } = after;
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
      else if (isSegmentPlace(place)) this.segment(node, place, outers[i]);
      else if (isLazyPlace(place)) this.strings(node, place.expand(outers[i]));
    }
  }

  /** The subtree below `node`, inside text that is not JSON, with one state per depth. */
  segment(node: number, { segment, state }: SegmentPlace, outer: Configuration): void {
    const { byte, depth, end } = this.trie;
    const { states } = this.shared;
    const { machine } = segment;
    const { automaton, exits } = machine;
    states[depth[node]] = state;
    for (let child = node + 1; child < end[node]; ) {
      const level = depth[child];
      const next = automaton.step(states[level - 1], byte[child]);
      if (next === 0) child = end[child];
      else if (exits[next] !== INSIDE) {
        this.behind(child, segment.after(exits[next], outer));
        child = end[child];
      } else {
        this.take(child);
        // What may follow at the end of the text is walked first, because it overwrites the states from this depth on.
        if (machine.mayStop(next)) this.structure(child, outer, this.room, true);
        states[level] = next;
        child++;
      }
    }
  }

  /** The subtree below `node`, inside one of a list of texts: the walk follows the texts, not the trie. */
  texts(node: number, place: TextPlace, outer: Configuration): void {
    const { trie } = this;
    const { list, from, to, depth } = place.span;
    const nodes: number[] = [node];
    let previous = "";
    for (let i = from; i < to; i++) {
      const text = list.texts[i];
      // The list is sorted: the prefix that a text shares with the previous one has been processed.
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
    if (sink.places.length > 0) this.behind(node, outer.interner.of(sink));
  }

  /** A text ended with the byte into `node`, and led to `ended`. */
  private behind(node: number, ended: Configuration): void {
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
   * The subtree below `node`, inside a string, with one state per depth, and the excluded texts, if any. Whatever is walked after
   * the string's end is deeper than any state still needed here, so all share one array.
   */
  private machine(node: number, place: MachinePlace, outer: Configuration): void {
    const { byte, depth, end } = this.trie;
    const { states } = this.shared;
    const { machine, excluded } = place;
    if (
      excluded === undefined ||
      (machine.content.isUniversal && machine.maxLength === Number.POSITIVE_INFINITY)
    ) {
      this.known(node, place, outer);
      return;
    }
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

  /** The same if excluded texts only affect complete texts: the state then determines the tokens. */
  private known(node: number, place: MachinePlace, outer: Configuration): void {
    const { machine, state, excluded } = place;
    const { tokens, exitNodes, exitLabels, exitTexts } = this.shared.strings.of(
      this.trie,
      node,
      machine,
      state,
    );
    this.add(tokens);
    let label = -1;
    let ended: Configuration | undefined;
    for (let i = 0; i < exitNodes.length; i++) {
      if (excluded !== undefined && isAmong(excluded, exitTexts[i])) continue;
      if (exitLabels[i] !== label) {
        label = exitLabels[i];
        const sink = new Sink();
        place.end(label, outer, sink);
        ended = sink.places.length === 0 ? undefined : outer.interner.of(sink);
      }
      if (ended !== undefined) this.behind(exitNodes[i], ended);
    }
  }
}

/** Whether one of the texts of `span` continues with `rest` and ends with it. */
function isAmong(span: LiteralSpan, rest: Binary): boolean {
  let left: LiteralSpan | undefined = span;
  for (let i = 0; i < rest.length && left !== undefined; i++) left = left.step(rest.charCodeAt(i));
  return left !== undefined && left.ended >= 0;
}
