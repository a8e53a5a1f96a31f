import {
  type Configuration,
  hasOther,
  isMachinePlace,
  isTextPlace,
  type LiteralSpan,
  type MachinePlace,
  Sink,
} from "../grammar/index.js";
import type { Trie, Vocabulary } from "../vocabulary/index.js";
import { LexemeMasks } from "./lexemeMasks.js";
import type { MaskPart, MaskRecipe } from "./recipe.js";
import { findSpaceTokens, type SpaceTokens } from "./spaceTokens.js";
import { Walk } from "./walk.js";

/** Works out masks of one vocabulary. One an instance of `Vocabulary`, shared by all grammars of the process. */
export class Masks {
  readonly lexemes: LexemeMasks;
  private readonly vocabulary: Vocabulary;
  private readonly spaces: SpaceTokens;

  private constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.lexemes = new LexemeMasks(vocabulary);
    this.spaces = findSpaceTokens(vocabulary);
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
    const parts: MaskPart[] = [];
    const tokens: number[] = [];
    const doubtful: number[] = [];
    if (configuration.inString) this.addString(configuration, full, parts, tokens, doubtful);
    else {
      const { trie } = this.vocabulary;
      new Walk(trie, full, tokens, doubtful).structure(0, configuration, full, false);
      if (room > 0) this.addSpaces(configuration, room, full, tokens, doubtful);
    }
    if (configuration.canEnd) tokens.push(this.vocabulary.eos);
    return { parts, tokens, doubtful };
  }

  private addString(
    { places, outers }: Configuration,
    room: number,
    parts: MaskPart[],
    tokens: number[],
    doubtful: number[],
  ): void {
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (isTextPlace(place))
        new Walk(this.vocabulary.trie, room, tokens, doubtful).texts(0, place, outers[i]);
      else if (isMachinePlace(place)) this.addMachine(place, outers[i], room, parts, tokens, doubtful);
    }
  }

  private addMachine(
    place: MachinePlace,
    outer: Configuration,
    room: number,
    parts: MaskPart[],
    tokens: number[],
    doubtful: number[],
  ): void {
    const { inside, exits } = this.lexemes.of(place.machine, place.state);
    const banned = place.excluded === undefined ? NONE : this.bannedTokens(place, place.excluded);
    parts.push({
      set: inside,
      less: banned.filter((token) => ((inside[token >>> 5] >>> (token & 31)) & 1) === 1),
    });
    for (const exit of exits) {
      const end = afterString(place, outer, exit.label);
      if (end === undefined) continue;
      const found = this.exitTokens(end.after, exit.suffixes, room, doubtful);
      const list = end.isDoubtful ? doubtful : tokens;
      if (banned.length === 0) for (let t = 0; t < found.length; t++) list.push(found[t]);
      else for (let t = 0; t < found.length; t++) if (!banned.includes(found[t])) list.push(found[t]);
    }
  }

  /** Tokens that complete a text which may not stand, or after which only such texts could follow. */
  private bannedTokens(place: MachinePlace, excluded: LiteralSpan): readonly number[] {
    const { trie } = this.vocabulary;
    const { machine } = place;
    const banned: number[] = [];
    for (let i = excluded.from; i < excluded.to; i++) {
      const text = excluded.list.texts[i];
      let node = 0;
      let { state } = place;
      let span: LiteralSpan | undefined = excluded;
      for (let at = excluded.depth; at < text.length && node >= 0; at++) {
        const byte = text.charCodeAt(at);
        node = trie.child(node, byte);
        if (node < 0) break;
        state = machine.step(state, byte);
        // Where endless texts can follow, only whole ones are out.
        if (state > 0 && machine.isEndless(state)) continue;
        span = state > 0 ? spanAt(excluded, text, at + 1) : undefined;
        if (state <= 0 || !hasOther(machine, state, span!)) break;
      }
      if (node <= 0) continue;
      for (let p = trie.first[node]; p < trie.first[trie.end[node]]; p++) banned.push(trie.payload[p]);
    }
    return banned;
  }

  /** Tokens of `suffixes` whose rest can follow in `after`. */
  private exitTokens(
    after: Configuration,
    suffixes: Trie,
    room: number,
    doubtful: number[],
  ): readonly number[] {
    const key = room > 0 ? suffixes : compactKey(suffixes);
    let found = after.recall(key) as { tokens: number[]; doubtful: number[] } | undefined;
    if (found === undefined) {
      const tokens: number[] = [];
      const tried: number[] = [];
      for (let p = suffixes.first[0]; p < suffixes.first[1]; p++) tokens.push(suffixes.payload[p]);
      new Walk(suffixes, room, tokens, tried).structure(0, after, room, true);
      found = { tokens, doubtful: tried };
      after.remember(key, found);
    }
    for (let t = 0; t < found.doubtful.length; t++) doubtful.push(found.doubtful[t]);
    return found.tokens;
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
    const { pure, pureLengths, suffixes, lengths } = this.spaces;
    for (let i = 0; i < pure.length; i++) if (pureLengths[i] <= room) tokens.push(pure[i]);
    const found: number[] = [];
    const tried: number[] = [];
    new Walk(suffixes, full, found, tried).structure(0, after, full, false);
    for (const token of found) if (lengths[token] <= room) tokens.push(token);
    for (const token of tried) if (lengths[token] <= room) doubtful.push(token);
  }
}

const NONE: readonly number[] = [];

const instances = new WeakMap<Vocabulary, Masks>();
const compactKeys = new WeakMap<Trie, object>();
function compactKey(trie: Trie): object {
  let key = compactKeys.get(trie);
  if (key === undefined) compactKeys.set(trie, (key = {}));
  return key;
}

/** The texts of `span` that agree with `text` on its first `depth` bytes. */
function spanAt(span: LiteralSpan, text: string, depth: number): LiteralSpan {
  let found = span;
  for (let at = span.depth; at < depth; at++) found = found.step(text.charCodeAt(at))!;
  return found;
}

/** What follows a string, and whether its text may yet be refused. */
function afterString(
  place: MachinePlace,
  outer: Configuration,
  label: number,
): { after: Configuration; isDoubtful: boolean } | undefined {
  const sink = new Sink();
  place.end(label, outer, sink);
  if (sink.places.length === 0) return undefined;
  const ended = outer.interner.of(sink);
  const after = ended.resolved;
  return after.places.length === 0 ? undefined : { after, isDoubtful: ended.isDoubtful };
}
