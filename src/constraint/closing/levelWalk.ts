import {
  ByteSet,
  type Configuration,
  isMachinePlace,
  isNumberByte,
  isTextPlace,
  isWhitespace,
} from "../../grammar/index.js";
import type { Trie } from "../../vocabulary/index.js";
import type { BudgetLevels } from "./levels.js";
import type { TokenGroup } from "./targets.js";
import type { Threads } from "./threads.js";

/** Tokens after which the ending takes the same number of tokens. */
export interface Level {
  readonly count: number;
  readonly tokens: TokenGroup;
}

/** Tokens by the length of the ending after them, in tokens. */
export interface Levels {
  readonly groups: readonly Level[];
  /** Tokens along texts that are followed byte by byte; `groups` does not apply to them. */
  readonly apart: { readonly groups: readonly Level[]; readonly tokens: readonly number[] };
  /** Tokens after which the ending depends on a text, by the configuration they lead to. */
  readonly unsure: readonly Unsure[];
  /** The subset of these along texts. */
  readonly trials: readonly number[];
  /** An upper bound of the counts. */
  readonly most: number;
}

export interface Unsure {
  /** The configuration that the tokens lead to, as far as it is known without the text. */
  readonly reached: Configuration;
  /** Tokens that stay inside the string that has begun. */
  readonly inside: readonly TokenGroup[];
  readonly others: readonly number[];
}

/** A budget that exceeds the length of the ending by this many tokens suffices, whichever texts the ending depends on. */
const ROOM_FOR_TEXTS = 256;
/** Approximate cost in elementary steps: of walking one node, and of counting for one state that tokens lead to. */
const NODE_WORK = 2;
const STATE_WORK = 32;
const COMMA = 0x2c;

// What is unknown on the way down, because the text of a key or item that a token completes is not looked at: nothing; which
// keys and items may still follow, which matters if one is required; the ending.
const KNOWN = 0;
const UNKNOWN_NEXT = 1;
const UNKNOWN_WAY = 2;

/** Groups the tokens that can follow a configuration by the length of the ending after them. */
export class LevelWalk {
  /** The greatest count found. */
  most = 0;
  private readonly levels: BudgetLevels;
  /** Whether only `most` is needed. */
  private readonly isQuick: boolean;
  private readonly groups: Level[] = [];
  private readonly unsure = new Map<Configuration, { inside: TokenGroup[]; others: number[] }>();
  private byCount = new Map<number, number[]>();
  private readonly trials: number[] = [];
  /** Along texts, each token has its own group. */
  private isApart = false;
  private unknown = KNOWN;

  constructor(levels: BudgetLevels, isQuick: boolean) {
    this.levels = levels;
    this.isQuick = isQuick;
  }

  /** The tokens that can follow inside a string or a text. */
  inside(configuration: Configuration): void {
    const { trie } = this.levels.vocabulary;
    const threads = this.levels.threads(configuration);
    if (threads === undefined) {
      this.all(trie, 0, configuration);
      this.collect();
      return;
    }
    const { states, groups, exits } = this.levels.targets.of(threads.reader, threads.start);
    configuration.interner.fuel.spend(STATE_WORK * states.length);
    for (let i = 0; i < states.length; i++) {
      const reached = threads.at(states[i]);
      if (reached !== undefined) this.takeGroup(groups[i], reached);
    }
    for (const exit of exits) {
      const ended = threads.after(exit.label);
      if (ended === undefined) continue;
      this.take(exit.whole, ended);
      this.behind(exit.suffixes, 0, ended);
    }
    this.collect();
    if (threads.hasTexts) this.alongTexts(trie, 0, configuration, threads, threads.start);
  }

  /** Results from here on are collected separately. */
  private collect(): void {
    this.groups.push(...levelsOf(this.byCount));
    this.byCount = new Map();
    this.isApart = true;
  }

  /** The tokens that continue one of the followed texts, and what comes after the text. */
  private alongTexts(
    trie: Trie,
    node: number,
    configuration: Configuration,
    threads: Threads,
    state: number,
  ): void {
    for (const byte of textBytes(configuration)) {
      const child = trie.child(node, byte);
      if (child < 0) continue;
      configuration.interner.fuel.spend(NODE_WORK);
      const next = configuration.step(byte);
      if (next === undefined) continue;
      if (!next.inString) {
        this.enter(trie, child, next);
        continue;
      }
      const target = state > 0 ? threads.reader.step(state, byte) : 0;
      this.takeAt(trie, child, next);
      // A thread that has ended next to the texts affects everything below.
      if (threads.areAllIn(next, target)) this.alongTexts(trie, child, next, threads, target);
      else this.all(trie, child, next);
    }
  }

  /** All tokens below `node` that can follow. */
  all(trie: Trie, node: number, configuration: Configuration): void {
    const { byte, end } = trie;
    if (configuration.inString && !configuration.places.every(isTextPlace)) {
      for (let child = node + 1; child < end[node]; child = end[child])
        this.step(trie, child, byte[child], configuration);
      return;
    }
    const isStructure = !configuration.inString;
    const bytes = isStructure ? configuration.bytes : textBytes(configuration);
    for (let i = 0; i < bytes.length; i++) {
      const child = trie.child(node, bytes[i]);
      if (child >= 0) this.step(trie, child, bytes[i], configuration);
    }
    if (!isStructure) return;
    for (let child = node + 1; child < end[node] && byte[child] <= 0x20; child = end[child])
      if (isWhitespace(byte[child])) this.step(trie, child, byte[child], configuration);
  }

  private step(trie: Trie, child: number, byte: number, configuration: Configuration): void {
    configuration.interner.fuel.spend(NODE_WORK);
    const next = configuration.step(byte);
    if (next === undefined) return;
    const { unknown } = this;
    // A number ends at the byte after it.
    const ended = configuration.hasNumber && !isNumberByte(byte) ? configuration.endNumber() : undefined;
    if (ended !== undefined) this.leaveUnknown(ended);
    if (this.unknown === UNKNOWN_NEXT && byte === COMMA && !configuration.inString)
      this.unknown = UNKNOWN_WAY;
    this.enter(trie, child, next);
    this.unknown = unknown;
  }

  /** The tokens below `node` that continue one of the texts permitted here, and what comes after the text. */
  texts(trie: Trie, node: number, configuration: Configuration): void {
    for (const byte of textBytes(configuration)) {
      const child = trie.child(node, byte);
      if (child < 0) continue;
      configuration.interner.fuel.spend(NODE_WORK);
      const next = configuration.step(byte);
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
    if (next.places.length === 0) return;
    const { unknown } = this;
    this.leaveUnknown(reached);
    this.all(trie, node, next);
    this.unknown = unknown;
  }

  /** From here on, the text that `ended` waits for is not looked at. */
  private leaveUnknown(ended: Configuration): void {
    if (!ended.hasPending) return;
    this.unknown = ended.closingNeedsText ? UNKNOWN_WAY : Math.max(this.unknown, UNKNOWN_NEXT);
  }

  private takeAt({ first, payload }: Trie, node: number, next: Configuration): void {
    if (first[node + 1] > first[node]) this.take(payload.subarray(first[node], first[node + 1]), next);
  }

  take(tokens: Int32Array | readonly number[], reached: Configuration): void {
    if (tokens.length === 0) return;
    const count = this.countUpTo(reached);
    this.bound(count);
    if (this.isQuick) return;
    let list: number[];
    if (this.needsText(reached)) list = this.isApart ? this.trials : this.unsureAt(reached).others;
    else {
      const known = this.byCount.get(count);
      if (known === undefined) this.byCount.set(count, (list = []));
      else list = known;
    }
    for (let i = 0; i < tokens.length; i++) list.push(tokens[i]);
  }

  private takeGroup(tokens: TokenGroup, reached: Configuration): void {
    const count = this.countUpTo(reached);
    this.bound(count);
    if (this.needsText(reached)) this.unsureAt(reached).inside.push(tokens);
    else this.groups.push({ count, tokens });
  }

  private unsureAt(reached: Configuration): { inside: TokenGroup[]; others: number[] } {
    let unsure = this.unsure.get(reached);
    if (unsure === undefined) this.unsure.set(reached, (unsure = { inside: [], others: [] }));
    return unsure;
  }

  /** The length of the ending depends on a text that is unknown here. */
  private needsText(reached: Configuration): boolean {
    return this.unknown === UNKNOWN_WAY || reached.closingNeedsText;
  }

  /** Tokens of the ending; an upper bound if it depends on a text. */
  countUpTo(reached: Configuration): number {
    const count = this.levels.count(reached.resolved);
    return this.needsText(reached) ? 2 * count + ROOM_FOR_TEXTS : count;
  }

  bound(count: number): void {
    if (count > this.most) this.most = count;
  }

  finish(): Levels {
    const { groups, trials, most } = this;
    const unsure = [...this.unsure].map(([reached, tokens]) => ({ reached, ...tokens }));
    const apart = levelsOf(this.byCount);
    if (!this.isApart) return { groups: apart, apart: { groups: [], tokens: [] }, unsure, trials, most };
    const tokens = apart.flatMap((level) => [...level.tokens]).concat(trials);
    return { groups, apart: { groups: apart, tokens }, unsure, trials, most };
  }
}

function levelsOf(byCount: ReadonlyMap<number, readonly number[]>): Level[] {
  return [...byCount].map(([count, tokens]) => ({ count, tokens: Int32Array.from(tokens) }));
}

/** The next bytes of the followed texts. */
function textBytes({ places }: Configuration): readonly number[] {
  const bytes = new ByteSet();
  for (const place of places) {
    if (isTextPlace(place)) place.span.pushBytes(bytes);
    else if (isMachinePlace(place)) place.excluded?.pushBytes(bytes);
  }
  return bytes.list();
}
