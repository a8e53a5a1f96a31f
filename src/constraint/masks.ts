import {
  type Configuration,
  hasOther,
  isMachinePlace,
  isWhitespace,
  type LiteralSpan,
  type MachinePlace,
  Sink,
} from "../grammar/index.js";
import { Trie, type Vocabulary } from "../vocabulary/index.js";
import { LexemeMasks } from "./lexemeMasks.js";

/**
 * A mask in parts: whole sets shared with other configurations, and single tokens besides. Small to keep, and a mask
 * is filled from it with a copy and a few bits.
 */
export interface MaskRecipe {
  readonly sets: readonly Uint32Array[];
  readonly tokens: Int32Array;
  /** Tokens that complete an item which must not repeat an earlier one: to be tried before they are allowed. */
  readonly doubtful: Int32Array;
}

const SPACES = [0x20, 0x09, 0x0a, 0x0d];

/** Works out masks of one vocabulary. One an instance of `Vocabulary`, shared by all grammars of the process. */
export class Masks {
  readonly lexemes: LexemeMasks;
  private readonly vocabulary: Vocabulary;
  private readonly spaces: SpaceTokens;

  private constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.lexemes = new LexemeMasks(vocabulary);
    this.spaces = findSpaces(vocabulary);
  }

  static of(vocabulary: Vocabulary): Masks {
    let masks = instances.get(vocabulary);
    if (masks === undefined) instances.set(vocabulary, (masks = new Masks(vocabulary)));
    return masks;
  }

  /** `room`: white space that may still follow in a row here; `full`: the most that may stand in a row anywhere. */
  recipe(configuration: Configuration, room: number, full: number): MaskRecipe {
    const isNear = !configuration.inString && room < this.spaces.longest;
    const key = isNear ? this.spaces.rooms[room] : this;
    let recipe = configuration.recall(key) as MaskRecipe | undefined;
    if (recipe === undefined) {
      recipe = this.build(configuration, room, full);
      configuration.remember(key, recipe);
    }
    return recipe;
  }

  private build(configuration: Configuration, room: number, full: number): MaskRecipe {
    const sets: Uint32Array[] = [];
    const tokens: number[] = [];
    const doubtful: number[] = [];
    if (configuration.inString) this.addString(configuration, full, sets, tokens, doubtful);
    else {
      const { trie } = this.vocabulary;
      new Walk(trie, full, tokens, doubtful).structure(0, configuration, full, false);
      if (room > 0) this.addSpaces(configuration, room, full, tokens, doubtful);
    }
    if (configuration.canEnd) tokens.push(this.vocabulary.eos);
    return { sets, tokens: Int32Array.from(tokens), doubtful: Int32Array.from(doubtful) };
  }

  private addString(
    configuration: Configuration,
    room: number,
    sets: Uint32Array[],
    tokens: number[],
    doubtful: number[],
  ): void {
    const { places, outers } = configuration;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (!isMachinePlace(place)) {
        const single = places.length === 1 ? configuration : outers[i].around(place);
        new Walk(this.vocabulary.trie, room, tokens, doubtful).structure(0, single, room, false);
        continue;
      }
      const mask = this.lexemes.of(place.machine, place.state);
      const banned = place.excluded === undefined ? undefined : this.bannedTokens(place, place.excluded);
      sets.push(banned === undefined ? mask.inside : without(mask.inside, banned));
      for (const exit of mask.exits) {
        const end = afterString(place, outers[i], exit.label);
        if (end === undefined) continue;
        const found = this.exitTokens(end.after, exit.suffixes, room);
        const list = end.isDoubtful ? doubtful : tokens;
        pushUnlessBanned(found.whole, banned, list);
        pushUnlessBanned(found.further, banned, end.isVague ? doubtful : list);
        for (let t = 0; t < found.doubtful.length; t++) doubtful.push(found.doubtful[t]);
      }
    }
  }

  /** Tokens that complete a text which may not stand. */
  private bannedTokens(place: MachinePlace, excluded: LiteralSpan): Set<number> {
    const { trie } = this.vocabulary;
    const banned = new Set<number>();
    for (let i = excluded.from; i < excluded.to; i++) {
      const text = excluded.list.texts[i];
      let node = 0;
      let { state } = place;
      let span: LiteralSpan | undefined = excluded;
      for (let at = excluded.depth; at < text.length && node >= 0; at++) {
        const byte = text.charCodeAt(at);
        node = trie.child(node, byte);
        state = place.machine.step(state, byte);
        span = span?.step(byte);
        // From here on nothing but texts that are taken out can follow.
        if (state <= 0 || (span !== undefined && !hasOther(place.machine, state, span))) break;
      }
      if (node <= 0) continue;
      for (let p = trie.first[node]; p < trie.first[trie.end[node]]; p++) banned.add(trie.payload[p]);
    }
    return banned;
  }

  /** Tokens of `suffixes` whose rest can follow in `after`. */
  private exitTokens(after: Configuration, suffixes: Trie, room: number): ExitTokens {
    const key = room > 0 ? suffixes : compactKey(suffixes);
    let found = after.recall(key) as ExitTokens | undefined;
    if (found === undefined) {
      const further: number[] = [];
      const doubtful: number[] = [];
      new Walk(suffixes, room, further, doubtful).structure(0, after, room, true);
      found = {
        whole: suffixes.payload.slice(suffixes.first[0], suffixes.first[1]),
        further: Int32Array.from(further),
        doubtful: Int32Array.from(doubtful),
      };
      after.remember(key, found);
    }
    return found;
  }

  private addSpaces(
    configuration: Configuration,
    room: number,
    full: number,
    tokens: number[],
    doubtful: number[],
  ): void {
    const after = configuration.step(0x20)?.resolved;
    if (after === undefined) return;
    const { pure, pureLengths, suffixes, spaceLengths } = this.spaces;
    for (let i = 0; i < pure.length; i++) if (pureLengths[i] <= room) tokens.push(pure[i]);
    const found: number[] = [];
    const tried: number[] = [];
    new Walk(suffixes, full, found, tried).structure(0, after, full, false);
    for (const token of found) if (spaceLengths[token] <= room) tokens.push(token);
    for (const token of tried) if (spaceLengths[token] <= room) doubtful.push(token);
  }
}

/** Tokens that close a string: with nothing behind the quote, and with more. */
interface ExitTokens {
  readonly whole: Int32Array;
  readonly further: Int32Array;
  readonly doubtful: Int32Array;
}

function pushUnlessBanned(found: Int32Array, banned: ReadonlySet<number> | undefined, list: number[]): void {
  for (let t = 0; t < found.length; t++)
    if (banned === undefined || !banned.has(found[t])) list.push(found[t]);
}

/** The set less the tokens in `banned`; the set itself where it has none of them. */
function without(set: Uint32Array, banned: ReadonlySet<number>): Uint32Array {
  let less = set;
  for (const token of banned) {
    if (((less[token >>> 5] >>> (token & 31)) & 1) === 0) continue;
    if (less === set) less = set.slice();
    less[token >>> 5] &= ~(1 << (token & 31));
  }
  return less;
}

const instances = new WeakMap<Vocabulary, Masks>();
const compactKeys = new WeakMap<Trie, object>();
function compactKey(trie: Trie): object {
  let key = compactKeys.get(trie);
  if (key === undefined) compactKeys.set(trie, (key = {}));
  return key;
}

/** What follows a string, whether its text may yet be refused, and whether what follows depends on it. */
function afterString(
  place: MachinePlace,
  outer: Configuration,
  label: number,
): { after: Configuration; isDoubtful: boolean; isVague: boolean } | undefined {
  const sink = new Sink();
  place.end(label, outer, sink);
  if (sink.places.length === 0) return undefined;
  const ended = outer.interner.of(sink);
  const after = ended.resolved;
  return after.places.length === 0
    ? undefined
    : { after, isDoubtful: ended.isDoubtful, isVague: ended.isVague };
}

/** Walks a trie of tokens (or of their rests) together with the automaton. */
class Walk {
  private readonly trie: Trie;
  /** White space that may stand in a row. */
  private readonly room: number;
  private tokens: number[];
  private readonly doubtful: number[];

  constructor(trie: Trie, room: number, tokens: number[], doubtful: number[]) {
    this.trie = trie;
    this.room = room;
    this.tokens = tokens;
    this.doubtful = doubtful;
  }

  /** Adds the tokens below `node` that can follow in `configuration`. White space is followed only where `spaces` says so. */
  structure(node: number, configuration: Configuration, room: number, spaces: boolean): void {
    const { trie } = this;
    if (trie.end[node] === node + 1) return;
    if (configuration.inString && configuration.places.some(isMachinePlace)) {
      this.strings(node, configuration);
      return;
    }
    const { bytes } = configuration;
    for (let i = 0; i < bytes.length; i++) {
      const child = trie.child(node, bytes[i]);
      if (child >= 0) this.enter(child, configuration, bytes[i], this.room);
    }
    if (spaces && room > 0 && !configuration.inString) {
      for (const space of SPACES) {
        const child = trie.child(node, space);
        if (child >= 0) this.enter(child, configuration, space, room - 1);
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

  private strings(node: number, configuration: Configuration): void {
    const { places, outers } = configuration;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (isMachinePlace(place)) this.machine(node, place, outers[i]);
      else this.structure(node, outers[i].around(place), this.room, true);
    }
  }

  /** The subtree below `node`, inside a string: a state a depth, and what is excluded where something is. */
  private machine(node: number, place: MachinePlace, outer: Configuration): void {
    const { byte, depth, end } = this.trie;
    const { machine } = place;
    const top = depth[node];
    const states: number[] = [place.state];
    const spans: (LiteralSpan | undefined)[] = [place.excluded];
    for (let child = node + 1; child < end[node]; ) {
      const level = depth[child] - top;
      const state = machine.step(states[level - 1], byte[child]);
      const span = spans[level - 1]?.step(byte[child]);
      if (state > 0 && (span === undefined || hasOther(machine, state, span))) {
        states[level] = state;
        spans[level] = span;
        this.take(child);
        child++;
        continue;
      }
      if (state < 0 && (span === undefined || span.ended < 0)) {
        const ended = afterString(place, outer, -2 - state);
        if (ended !== undefined) {
          const { tokens } = this;
          if (ended.isDoubtful) this.tokens = this.doubtful;
          this.take(child);
          if (ended.isVague) this.tokens = this.doubtful;
          this.structure(child, ended.after, this.room, true);
          this.tokens = tokens;
        }
      }
      child = end[child];
    }
  }
}

/** Tokens that begin with white space. Apart from its length the run changes nothing, so runs are not walked byte by byte. */
interface SpaceTokens {
  /** Tokens that are nothing else, with their lengths. */
  pure: number[];
  pureLengths: number[];
  /** The others by what follows the run; payloads are token ids. */
  suffixes: Trie;
  /** By token: length of the run it begins with. */
  spaceLengths: Uint16Array;
  longest: number;
  /** Keys for recipes of configurations with less room than the longest run. */
  rooms: object[];
}

function findSpaces(vocabulary: Vocabulary): SpaceTokens {
  const pure: number[] = [];
  const pureLengths: number[] = [];
  const rests: Uint8Array[] = [];
  const ids: number[] = [];
  const spaceLengths = new Uint16Array(vocabulary.size);
  let longest = 0;
  for (let id = 0; id < vocabulary.size; id++) {
    const bytes = vocabulary.tokens[id];
    if (vocabulary.isSpecial(id) || bytes.length === 0 || !isWhitespace(bytes[0])) continue;
    let run = 1;
    while (run < bytes.length && isWhitespace(bytes[run])) run++;
    spaceLengths[id] = run;
    if (run > longest) longest = run;
    if (run === bytes.length) {
      pure.push(id);
      pureLengths.push(run);
    } else {
      rests.push(bytes.subarray(run));
      ids.push(id);
    }
  }
  return {
    pure,
    pureLengths,
    suffixes: new Trie(rests, ids),
    spaceLengths,
    longest,
    rooms: Array.from({ length: longest }, () => ({})),
  };
}
