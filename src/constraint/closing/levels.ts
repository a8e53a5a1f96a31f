import {
  type Configuration,
  type Content,
  isMachinePlace,
  isTextPlace,
  type MachinePlace,
  type Place,
  Sink,
} from "../../grammar/index.js";
import type { Trie, Vocabulary } from "../../vocabulary/index.js";
import type { LexemeMasks } from "../lexemes/masks.js";
import type { Spelling } from "./spelling.js";

/** Tokens by how many more lead to the end after them. */
interface Levels {
  /** In ascending order, each with its tokens. */
  readonly counts: readonly number[];
  readonly tokens: readonly (readonly number[])[];
  /** The greatest of the counts, and of what is left out here. */
  readonly most: number;
  /** Tokens after which it depends on a text how the document can end. */
  readonly trials: readonly number[];
}

/** Budgets so much larger than what the way to the end takes are enough, whatever texts decide on it. */
const ROOM_FOR_TEXTS = 256;
/** Walks of one node, in elementary steps, about. */
const NODE_WORK = 2;

/**
 * Takes tokens out of masks after which the document could not be ended within a budget. For each configuration, once:
 * first how many tokens the way to the end can take at most after any token, by a walk that leaves out the insides of
 * strings; where a budget is smaller than that, exactly, after each token, by a walk of the whole trie.
 */
export class BudgetLevels {
  private readonly vocabulary: Vocabulary;
  private readonly lexemes: LexemeMasks;
  private readonly spelling: Spelling;
  /** Keys of what is remembered with configurations. */
  private readonly quickKey = {};
  /** The exact levels of the configurations that were asked for last. */
  private readonly exact = new Map<Configuration, Levels>();
  private readonly labels = new WeakMap<Content, readonly number[]>();

  constructor(vocabulary: Vocabulary, lexemes: LexemeMasks, spelling: Spelling) {
    this.vocabulary = vocabulary;
    this.lexemes = lexemes;
    this.spelling = spelling;
  }

  /**
   * Clears the tokens after which more than `left` tokens are needed. Gives those of the others that have to be tried;
   * undefined where the budget is far and nothing was cleared.
   */
  restrict(mask: Uint32Array, configuration: Configuration, left: number): readonly number[] | undefined {
    if (this.quick(configuration).most <= left) return undefined;
    const { counts, tokens, trials } = this.exactly(configuration);
    for (let i = counts.length - 1; i >= 0 && counts[i] > left; i--) clearBits(mask, tokens[i]);
    return trials;
  }

  /** Tokens to the end of the document; a guess where that depends on a text. */
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

  private quick(configuration: Configuration): Levels {
    let levels = configuration.recall(this.quickKey) as Levels | undefined;
    if (levels === undefined) {
      const walk = new LevelWalk(this, true);
      if (configuration.places.every(isInsideJson)) this.addStrings(configuration, walk);
      else walk.all(this.vocabulary.trie, 0, configuration);
      configuration.remember(this.quickKey, (levels = walk.finish()));
    }
    return levels;
  }

  private exactly(configuration: Configuration): Levels {
    let levels = this.exact.get(configuration);
    if (levels === undefined) {
      const walk = new LevelWalk(this, false);
      walk.all(this.vocabulary.trie, 0, configuration);
      levels = walk.finish();
      if (this.exact.size >= MAX_EXACT) this.exact.delete(this.exact.keys().next().value as Configuration);
      this.exact.set(configuration, levels);
    }
    return levels;
  }

  /** Inside a string: the ways behind it, and for all that stays inside the longest way that can be. */
  private addStrings(configuration: Configuration, walk: LevelWalk): void {
    const { places, outers } = configuration;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (isMachinePlace(place)) this.addMachine(place, outers[i], walk);
      else if (isTextPlace(place)) walk.texts(this.vocabulary.trie, 0, configuration);
    }
  }

  private addMachine(place: MachinePlace, outer: Configuration, walk: LevelWalk): void {
    const { machine, state, excluded } = place;
    const { exits } = this.lexemes.of(machine, state);
    let longest = 0;
    for (const label of this.labelsOf(machine.content)) {
      const ended = afterEnd(place, label, outer);
      if (ended === undefined) continue;
      longest = Math.max(longest, this.count(ended.resolved));
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

/** Configurations whose exact levels are kept: those of a large vocabulary take half a megabyte. */
const MAX_EXACT = 32;
/** Bytes that a way is longer at most because some texts are taken out of a language without end. */
const TEXTS_APART = 16;

function isInsideJson(place: Place): boolean {
  return place.kind === "string" && (isMachinePlace(place) || isTextPlace(place));
}

class LevelWalk {
  private readonly levels: BudgetLevels;
  /** Leaves out what stays inside strings. */
  private readonly isQuick: boolean;
  private readonly byCount = new Map<number, number[]>();
  private readonly trials: number[] = [];
  private most = 0;

  constructor(levels: BudgetLevels, isQuick: boolean) {
    this.levels = levels;
    this.isQuick = isQuick;
  }

  /** All tokens below `node` that can follow. */
  all(trie: Trie, node: number, configuration: Configuration): void {
    const { byte, end } = trie;
    for (let child = node + 1; child < end[node]; child = end[child]) {
      configuration.interner.fuel.spend(NODE_WORK);
      const next = configuration.step(byte[child]);
      if (next !== undefined) this.enter(trie, child, next);
    }
  }

  /** Of the tokens below `node` those that go on with one of the texts that may stand here, and what is behind them. */
  texts(trie: Trie, node: number, configuration: Configuration): void {
    const { byte, end } = trie;
    for (let child = node + 1; child < end[node]; child = end[child]) {
      if (
        !configuration.places.some(
          (place) => isTextPlace(place) && place.span.step(byte[child]) !== undefined,
        )
      )
        continue;
      configuration.interner.fuel.spend(NODE_WORK);
      const next = configuration.step(byte[child]);
      if (next === undefined) continue;
      if (next.inString) {
        this.takeAt(trie, child, next);
        this.texts(trie, child, next);
      } else this.enter(trie, child, next);
    }
  }

  private enter(trie: Trie, node: number, next: Configuration): void {
    this.takeAt(trie, node, next);
    this.behind(trie, node, next);
  }

  /** What follows below `node`, in a configuration that may wait for a text. */
  behind(trie: Trie, node: number, reached: Configuration): void {
    if (trie.end[node] === node + 1) return;
    const next = reached.resolved;
    if (next.places.length > 0) this.all(trie, node, next);
  }

  private takeAt({ first, payload }: Trie, node: number, next: Configuration): void {
    if (first[node + 1] > first[node]) this.take(payload.subarray(first[node], first[node + 1]), next);
  }

  take(tokens: Int32Array | readonly number[], reached: Configuration): void {
    if (tokens.length === 0) return;
    const next = reached.resolved;
    const count = this.levels.count(next);
    if (reached.hasPending || next.closingNeedsText) {
      for (const token of tokens) this.trials.push(token);
      this.bound(2 * count + ROOM_FOR_TEXTS);
      return;
    }
    this.bound(count);
    if (this.isQuick) return;
    let list = this.byCount.get(count);
    if (list === undefined) this.byCount.set(count, (list = []));
    for (let i = 0; i < tokens.length; i++) list.push(tokens[i]);
  }

  bound(count: number): void {
    if (count > this.most) this.most = count;
  }

  finish(): Levels {
    const counts = [...this.byCount.keys()].sort((a, b) => a - b);
    return {
      counts,
      tokens: counts.map((count) => this.byCount.get(count)!),
      most: this.most,
      trials: this.isQuick ? [] : this.trials,
    };
  }
}

/** What follows the string; undefined where nothing can. */
function afterEnd(place: MachinePlace, label: number, outer: Configuration): Configuration | undefined {
  const sink = new Sink();
  place.end(label, outer, sink);
  return sink.places.length === 0 ? undefined : outer.interner.of(sink);
}

function clearBits(mask: Uint32Array, tokens: readonly number[]): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i] >>> 5] &= ~(1 << (tokens[i] & 31));
}
