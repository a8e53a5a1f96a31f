import {
  type Configuration,
  type Content,
  isMachinePlace,
  isTextPlace,
  type MachinePlace,
  type Place,
  Sink,
} from "../../grammar/index.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import type { LexemeMasks } from "../lexemes/stringMasks.js";
import { hasBit, setBits } from "../masks/recipe.js";
import { type Levels, LevelWalk } from "./levelWalk.js";
import type { Spelling } from "./spelling.js";
import { clearGroup, TargetWalks } from "./targets.js";
import { JointReaders, Threads } from "./threads.js";
import { type DocumentText, UnsureTokens } from "./unsure.js";

/** Maximum number of configurations whose exact levels are cached. */
const MAX_EXACT = 64;
/** Maximum number of bytes by which an ending gets longer because texts are excluded from an infinite language. */
const TEXTS_APART = 16;

/**
 * Removes tokens from masks after which the document could not be completed within the budget. For each configuration, a
 * walk that skips the insides of strings first finds an upper bound of the ending's length after any token. Only if the budget is
 * smaller, the exact length after each token is computed. Inside a string, endings are counted per state that tokens lead
 * to (`targets.ts`), not per token.
 */
export class BudgetLevels {
  readonly vocabulary: Vocabulary;
  private readonly lexemes: LexemeMasks;
  private readonly spelling: Spelling;
  readonly targets: TargetWalks;
  private readonly joints = new JointReaders();
  private readonly unsure: UnsureTokens;
  /** Key under which results are stored with configurations. */
  private readonly furthestKey = {};
  /** Exact levels of the most recent configurations. */
  private readonly exact = new Map<Configuration, Levels>();
  private readonly labels = new WeakMap<Content, readonly number[]>();

  constructor(vocabulary: Vocabulary, lexemes: LexemeMasks, spelling: Spelling) {
    this.vocabulary = vocabulary;
    this.lexemes = lexemes;
    this.spelling = spelling;
    this.targets = new TargetWalks(vocabulary, lexemes.longestToken);
    this.unsure = new UnsureTokens(vocabulary);
  }

  /**
   * Clears the tokens after which more than `left` tokens are needed. Returns false if the budget is large enough for all, so
   * that nothing was cleared.
   */
  restrict(mask: Uint32Array, configuration: Configuration, left: number, document: DocumentText): boolean {
    if (this.furthest(configuration) <= left) return false;
    const levels = this.exactly(configuration);
    const { apart, groups, trials, unsure } = levels;
    // Tokens along texts have their own counts, regardless of the state they lead to.
    const kept = apart.tokens.filter((token) => hasBit(mask, token));
    for (const { count, tokens } of groups) if (count > left) clearGroup(mask, tokens);
    setBits(mask, kept);
    for (const { count, tokens } of apart.groups) if (count > left) clearGroup(mask, tokens);
    if (unsure.length + trials.length > 0) this.unsure.restrict(mask, configuration, levels, left, document);
    return true;
  }

  /** Tokens to the end of the document; an estimate if that depends on a text. */
  count(configuration: Configuration): number {
    if (configuration.canEnd) return 0;
    let count = configuration.recall(this.spelling) as number | undefined;
    if (count === undefined) {
      const way = configuration.closing;
      count =
        way === undefined ? Number.POSITIVE_INFINITY : this.spelling.count(way, configuration.interner.fuel);
      configuration.remember(this.spelling, count);
    }
    return count;
  }

  /** The threads inside a string; undefined if they are not read byte by byte. */
  threads(configuration: Configuration): Threads | undefined {
    return Threads.of(configuration, this.lexemes.longestToken, this.joints);
  }

  /** An upper bound of the ending's length in tokens, after any token that may follow. */
  private furthest(configuration: Configuration): number {
    let furthest = configuration.recall(this.furthestKey) as number | undefined;
    if (furthest === undefined) {
      if (configuration.inString && !configuration.places.every(isInsideJson))
        furthest = this.exactly(configuration).most;
      else {
        const walk = new LevelWalk(this, true);
        if (configuration.inString) this.addStrings(configuration, walk);
        else walk.all(this.vocabulary.trie, 0, configuration);
        furthest = walk.most;
      }
      configuration.remember(this.furthestKey, furthest);
    }
    return furthest;
  }

  private exactly(configuration: Configuration): Levels {
    let levels = this.exact.get(configuration);
    if (levels === undefined) {
      const walk = new LevelWalk(this, false);
      if (configuration.inString) walk.inside(configuration);
      else walk.all(this.vocabulary.trie, 0, configuration);
      levels = walk.finish();
      if (this.exact.size >= MAX_EXACT) this.exact.delete(this.exact.keys().next().value as Configuration);
      this.exact.set(configuration, levels);
    }
    return levels;
  }

  /** Inside a string: the endings after the string, and for everything inside it the longest possible ending. */
  private addStrings(configuration: Configuration, walk: LevelWalk): void {
    const { places, outers } = configuration;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (isMachinePlace(place)) this.addMachine(place, outers[i], walk);
    }
    if (places.some(isTextPlace)) walk.texts(this.vocabulary.trie, 0, configuration);
  }

  private addMachine(place: MachinePlace, outer: Configuration, walk: LevelWalk): void {
    const { machine, state, excluded } = place;
    const { exits } = this.lexemes.of(machine, state);
    let longest = 0;
    for (const label of this.labelsOf(machine.content)) {
      const ended = afterEnd(place, label, outer);
      if (ended === undefined) continue;
      longest = Math.max(longest, walk.countUpTo(ended));
      for (const exit of exits) {
        if (exit.label !== label) continue;
        walk.take(exit.whole, ended);
        walk.behind(exit.suffixes, 0, ended);
      }
    }
    const isShort = excluded === undefined || machine.isEndless(state);
    walk.bound(isShort ? longest + machine.furthestClosing(state) + TEXTS_APART : Number.POSITIVE_INFINITY);
  }

  private labelsOf(content: Content): readonly number[] {
    let labels = this.labels.get(content);
    if (labels === undefined) {
      labels = [...new Set(content.label)].filter((label) => label >= 0);
      this.labels.set(content, labels);
    }
    return labels;
  }
}

function isInsideJson(place: Place): boolean {
  return place.kind === "string" && (isMachinePlace(place) || isTextPlace(place));
}

/** What follows the string; undefined if nothing can. */
function afterEnd(place: MachinePlace, label: number, outer: Configuration): Configuration | undefined {
  const sink = new Sink();
  place.end(label, outer, sink);
  return sink.places.length === 0 ? undefined : outer.interner.of(sink);
}
