import {
  type Configuration,
  hasOther,
  isLazyPlace,
  isMachinePlace,
  isNumberPlace,
  isSegmentPlace,
  isTextPlace,
  type LiteralSpan,
  type MachinePlace,
  type SegmentPlace,
  Sink,
} from "../../grammar/index.js";
import type { Trie, Vocabulary } from "../../vocabulary/index.js";
import { BudgetLevels } from "../closing/levels.js";
import { Spelling } from "../closing/spelling.js";
import { NumberTokens } from "../lexemes/numberTokens.js";
import { LexemeMasks } from "../lexemes/stringMasks.js";
import { StringTokens } from "../lexemes/stringTokens.js";
import { type Found, type SharedInWalks, Walk } from "../walks/walk.js";
import { findSpaceTokens, type SpaceTokens } from "../whitespace/tokens.js";
import { InternedLists } from "./internedLists.js";
import { fillMask, type MaskRecipe, setBits, type TokenList } from "./recipe.js";
import { RecipeMaker, SharedInRecipes } from "./recipeMaker.js";

/**
 * Prepares what the masks of all schemas over `vocabulary` need. Otherwise the first matcher does so, which takes some tenths of
 * a second for 49,000 tokens.
 */
export function prepareVocabulary(vocabulary: Vocabulary): void {
  Masks.of(vocabulary);
}

/** Computes the masks of one vocabulary. There is one per `Vocabulary`, shared by all grammars of the process. */
export class Masks {
  readonly lexemes: LexemeMasks;
  readonly spelling: Spelling;
  readonly levels: BudgetLevels;
  private readonly vocabulary: Vocabulary;
  private readonly spaces: SpaceTokens;
  /** Nodes of the trie that are excluded because of excluded texts, by the texts, the machine and its state. */
  private readonly banned = new WeakMap<LiteralSpan, Map<unknown, Map<number, readonly number[]>>>();
  private readonly shared: SharedInWalks;
  private readonly sharedInRecipes: SharedInRecipes;
  private readonly tokenLists = new InternedLists();

  private constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.lexemes = new LexemeMasks(vocabulary);
    this.spelling = new Spelling(vocabulary);
    this.levels = new BudgetLevels(vocabulary, this.lexemes, this.spelling);
    this.spaces = findSpaceTokens(vocabulary);
    this.sharedInRecipes = new SharedInRecipes(vocabulary);
    const { longestToken } = this.lexemes;
    this.shared = {
      states: new Int32Array(longestToken + 1),
      numbers: new NumberTokens(this.tokenLists),
      strings: new StringTokens(longestToken, this.tokenLists),
    };
  }

  static of(vocabulary: Vocabulary): Masks {
    let masks = instances.get(vocabulary);
    if (masks === undefined) instances.set(vocabulary, (masks = new Masks(vocabulary)));
    return masks;
  }

  /** Writes the recipe's tokens, except the doubtful ones. */
  fill(mask: Uint32Array, recipe: MaskRecipe): void {
    fillMask(mask, recipe, this.vocabulary.trie);
  }

  /** `room`: white space that may still follow here; `full`: the maximum run of white space anywhere. */
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

  /**
   * Builds the recipe of a configuration's mask: inside a string from the sets of its content (`lexemes/stringMasks.ts`), otherwise
   * by a walk of the trie along the grammar (`walks/walk.ts`). `room` and `full` are limits on white space, as above.
   */
  private build(configuration: Configuration, room: number, full: number): MaskRecipe {
    const recipe = new RecipeMaker(this.sharedInRecipes);
    if (configuration.inString) this.addString(configuration, full, recipe);
    else {
      this.walk(this.vocabulary.trie, full, recipe).structure(0, configuration, full, false);
      if (room > 0) this.addSpaces(configuration, room, full, recipe);
    }
    if (configuration.canEnd) recipe.tokens.push(...this.vocabulary.ends);
    return recipe.finish();
  }

  private walk(trie: Trie, room: number, found: Found): Walk {
    return new Walk(trie, room, found, this.shared);
  }

  private addString({ places, outers }: Configuration, room: number, recipe: RecipeMaker): void {
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (isTextPlace(place)) this.walk(this.vocabulary.trie, room, recipe).texts(0, place, outers[i]);
      else if (isMachinePlace(place)) this.addMachine(place, outers[i], room, recipe);
      else if (isSegmentPlace(place)) this.addSegment(place, outers[i], room, recipe);
      else if (isLazyPlace(place)) this.addString(place.expand(outers[i]), room, recipe);
    }
  }

  /** Text that is not JSON. In free text, nearly all tokens may follow, so they become a set. */
  private addSegment(place: SegmentPlace, outer: Configuration, room: number, recipe: RecipeMaker): void {
    const { maskWords, trie } = this.vocabulary;
    const tokens: number[] = [];
    const { doubtful, lists } = recipe;
    this.walk(trie, room, { tokens, doubtful, lists }).segment(0, place, outer);
    if (tokens.length < maskWords) {
      for (const token of tokens) recipe.tokens.push(token);
      return;
    }
    const set = new Uint32Array(maskWords);
    setBits(set, tokens);
    recipe.addPart(set, [], NONE);
  }

  private addMachine(place: MachinePlace, outer: Configuration, room: number, recipe: RecipeMaker): void {
    const { inside, exits } = this.lexemes.of(place.machine, place.state);
    const less = place.excluded === undefined ? NONE : this.bannedNodes(place, place.excluded);
    const lists: TokenList[] = [];
    for (const exit of exits) {
      const end = afterString(place, outer, exit.label);
      if (end === undefined) continue;
      const { whole } = exit;
      const { further, doubtful } = this.exitTokens(end.after, exit.suffixes, room);
      if (end.isDoubtful) recipe.addDoubtful(whole, less);
      else if (whole.length > 0) lists.push(whole);
      for (const list of further) {
        if (end.isDoubtful || end.isVague) recipe.addDoubtful(list, less);
        else lists.push(list);
      }
      recipe.addDoubtful(doubtful, NONE);
    }
    recipe.addPart(inside, lists, less);
  }

  private bannedNodes(place: MachinePlace, excluded: LiteralSpan): readonly number[] {
    let byMachine = this.banned.get(excluded);
    if (byMachine === undefined) this.banned.set(excluded, (byMachine = new Map()));
    let byState = byMachine.get(place.machine);
    if (byState === undefined) byMachine.set(place.machine, (byState = new Map()));
    let banned = byState.get(place.state);
    if (banned === undefined) byState.set(place.state, (banned = this.findBanned(place, excluded)));
    return banned;
  }

  /** Nodes whose tokens complete an excluded text, or after which only excluded texts could follow. */
  private findBanned(place: MachinePlace, excluded: LiteralSpan): readonly number[] {
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
        // If infinitely many texts can follow, only complete ones are excluded.
        if (state > 0 && machine.isEndless(state)) continue;
        span = state > 0 ? spanAt(excluded, text, at + 1) : undefined;
        if (state <= 0 || !hasOther(machine, state, span!)) break;
      }
      if (node <= 0) continue;
      banned.push(node);
    }
    return banned.length === 0 ? NONE : banned;
  }

  /** Tokens of `suffixes` whose rest can follow in `after`. */
  private exitTokens(after: Configuration, suffixes: Trie, room: number): ExitTokens {
    const key = room > 0 ? suffixes : compactKey(suffixes);
    let found = after.recall(key) as ExitTokens | undefined;
    if (found === undefined) {
      const tokens: number[] = [];
      const further: TokenList[] = [];
      const doubtful: number[] = [];
      this.walk(suffixes, room, { tokens, doubtful, lists: further }).structure(0, after, room, true);
      if (tokens.length > 0) further.push(this.tokenLists.of(tokens));
      found = { further, doubtful };
      after.remember(key, found);
    }
    return found;
  }

  private addSpaces(configuration: Configuration, room: number, full: number, recipe: RecipeMaker): void {
    const after = betweenTokens(configuration).step(0x20)?.resolved;
    if (after === undefined) return;
    const { pure, pureLengths, suffixes, lengths, longest } = this.spaces;
    if (room >= longest) recipe.lists.push(pure);
    else for (let i = 0; i < pure.length; i++) if (pureLengths[i] <= room) recipe.tokens.push(pure[i]);
    const found: Found = { tokens: [], doubtful: [], lists: [] };
    this.walk(suffixes, full, found).structure(0, after, full, false);
    for (const list of [this.tokenLists.of(found.tokens), ...found.lists]) {
      if (room >= longest) recipe.lists.push(list);
      else for (const token of list) if (lengths[token] <= room) recipe.tokens.push(token);
    }
    for (const token of found.doubtful) if (lengths[token] <= room) recipe.doubtful.push(token);
  }
}

const NONE: readonly number[] = [];

/** Tokens that close a string and continue after the quote, and the doubtful ones among them. */
interface ExitTokens {
  readonly further: readonly TokenList[];
  readonly doubtful: readonly number[];
}

const instances = new WeakMap<Vocabulary, Masks>();
const compactKeys = new WeakMap<Trie, object>();
function compactKey(trie: Trie): object {
  let key = compactKeys.get(trie);
  if (key === undefined) compactKeys.set(trie, (key = {}));
  return key;
}

/** The texts of `span` that share the first `depth` bytes of `text`. */
function spanAt(span: LiteralSpan, text: string, depth: number): LiteralSpan {
  let found = span;
  for (let at = span.depth; at < depth; at++) found = found.step(text.charCodeAt(at))!;
  return found;
}

/** Without numbers that text follows: white space after them is part of the text. */
function betweenTokens(configuration: Configuration): Configuration {
  const { hasNumber, places, outers, interner } = configuration;
  if (!hasNumber || !outers.some((outer) => outer.inString)) return configuration;
  const sink = new Sink();
  places.forEach((place, i) => {
    if (!isNumberPlace(place) || !outers[i].inString) sink.add(place, outers[i]);
  });
  return interner.of(sink);
}

/** What follows a string, whether its text may still be rejected, and whether what follows depends on the text. */
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
  if (after.places.length === 0) return undefined;
  return { after, isDoubtful: ended.isDoubtful, isVague: ended.isVague };
}
