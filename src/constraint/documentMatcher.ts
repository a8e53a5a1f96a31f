import type { Binary, Configuration, Fuel, Rope } from "../grammar/index.js";
import type { Vocabulary } from "../vocabulary/index.js";
import type { DocumentText } from "./closing/unsure.js";
import { Follower } from "./follower.js";
import { forcedTokens } from "./forced/forced.js";
import { Masks } from "./masks/masks.js";
import { hasBit, setBits } from "./masks/recipe.js";
import type { Matcher } from "./matcher.js";
import { closedText, limitedText } from "./segments/limit.js";
import type { TagTokens } from "./segments/tags.js";

/** The state of a matcher before a token, for rollback. */
interface Step {
  configuration: Configuration;
  /** Tokens of the limited text that the matcher was inside of; else 0. */
  limited: number;
  whitespace: number;
  length: number;
  ended: boolean;
  plan: Plan | undefined;
}

/** An ending that callers may rely on: it remains valid while they follow it. */
interface Plan {
  tokens: Int32Array;
  at: number;
}

/**
 * The matcher of one document (`matcher.ts` documents the methods). It holds the document's configuration in the grammar, its
 * text if the grammar depends on it, and the forced tokens. Masks come from `masks/masks.ts`, budget limits from
 * `closing/levels.ts`.
 */
export class DocumentMatcher implements Matcher, DocumentText {
  private readonly vocabulary: Vocabulary;
  private readonly masks: Masks;
  private readonly follower: Follower;
  private readonly maxWhitespace: number;
  private readonly fuel: Fuel;
  private readonly tags: TagTokens | undefined;
  private readonly steps: Step[] = [];
  private ended = false;
  /** Tokens accepted in a text of limited length. */
  private limited = 0;
  private plan: Plan | undefined;

  /** `tags`: control tokens that replace text outside of JSON. */
  constructor(vocabulary: Vocabulary, start: Configuration, maxWhitespace: number, tags?: TagTokens) {
    this.vocabulary = vocabulary;
    this.tags = tags;
    this.masks = Masks.of(vocabulary);
    this.maxWhitespace = maxWhitespace;
    this.follower = new Follower(start, maxWhitespace);
    this.fuel = start.interner.fuel;
  }

  fillMask(mask: Uint32Array, remaining = Number.POSITIVE_INFINITY): void {
    if (this.ended) {
      mask.fill(0);
      return;
    }
    this.fuel.beginStep();
    const { configuration, whitespace } = this.follower;
    if (remaining <= 0) {
      mask.fill(0);
      if (configuration.canEnd) setBits(mask, this.vocabulary.ends);
      return;
    }
    const recipe = this.masks.recipe(configuration, this.maxWhitespace - whitespace, this.maxWhitespace);
    this.masks.fill(mask, recipe);
    this.tags?.addTo(mask, configuration);
    const isNear = remaining !== Number.POSITIVE_INFINITY && this.restrict(mask, remaining);
    this.tryDoubtful(mask, recipe.doubtful, isNear ? remaining - 1 : Number.POSITIVE_INFINITY);
  }

  /**
   * Sets the bits of doubtful tokens that may follow, by trying them. Near the end of the budget, each try searches for an ending.
   * If there are too many tokens, only some are tried; the known ending remains possible.
   */
  private tryDoubtful(mask: Uint32Array, tokens: readonly number[], left: number): void {
    const most = left === Number.POSITIVE_INFINITY ? tokens.length : Math.min(tokens.length, MAX_TRIALS);
    for (let i = 0; i < most; i++) if (this.leavesWay(tokens[i], left)) setBit(mask, tokens[i]);
  }

  /** Removes the tokens that leave no ending within `remaining` tokens; false if the budget is large enough for all. */
  private restrict(mask: Uint32Array, remaining: number): boolean {
    const { levels } = this.masks;
    if (!levels.restrict(mask, this.follower.configuration, remaining - 1, this)) return false;
    for (const token of this.tags?.tokens ?? [])
      if (hasBit(mask, token) && !this.leavesWay(token, remaining - 1)) clearBit(mask, token);
    // The ending found here remains valid, even if another one is found from its next position.
    if (this.canEnd) return true;
    const plan = this.currentPlan();
    if (plan.length > 0 && plan.length <= remaining) setBit(mask, plan[0]);
    return true;
  }

  begun(): Binary {
    return this.follower.begun();
  }

  wayAfter(token: number): { count: number; way: Rope; reached: Configuration } | undefined {
    if (!this.take(token)) return undefined;
    try {
      const way = this.follower.closing();
      const { configuration } = this.follower;
      const count = configuration.canEnd ? 0 : this.masks.spelling.count(way, this.fuel);
      return { count, way, reached: configuration };
    } finally {
      this.rollback(1);
    }
  }

  /** Whether `token` can follow and the document can be completed in `left` more tokens. */
  private leavesWay(token: number, left: number): boolean {
    if (!this.take(token)) return false;
    try {
      return left === Number.POSITIVE_INFINITY || this.least() <= left;
    } finally {
      this.rollback(1);
    }
  }

  accept(token: number): boolean {
    this.fuel.beginStep();
    return this.take(token);
  }

  private take(token: number): boolean {
    const { follower, vocabulary } = this;
    if (this.ended || token < 0 || token >= vocabulary.size) return false;
    const { configuration, whitespace, length } = follower;
    const { limited } = this;
    const step: Step = { configuration, limited, whitespace, length, ended: false, plan: this.plan };
    if (vocabulary.isEnd(token)) {
      if (!configuration.canEnd) return false;
      this.steps.push(step);
      this.ended = true;
      return true;
    }
    if (vocabulary.isSpecial(token) && this.tags?.fits(token, configuration) !== true) return false;
    const bytes = vocabulary.tokens[token];
    if (bytes.length === 0) return false;
    let isTaken = false;
    try {
      isTaken = follower.advanceAll(bytes);
    } finally {
      // Also after the work limit of a step was exceeded.
      if (!isTaken) follower.reset(configuration, whitespace, length);
    }
    if (!isTaken) return false;
    this.steps.push(step);
    this.limitText(step);
    const { plan } = this;
    if (plan !== undefined) {
      this.plan =
        plan.at < plan.tokens.length && plan.tokens[plan.at] === token
          ? { tokens: plan.tokens, at: plan.at + 1 }
          : undefined;
    }
    return true;
  }

  forcedTokens(): Int32Array {
    if (this.ended) return NO_TOKENS;
    this.fuel.beginStep();
    const { configuration } = this.follower;
    return forcedTokens(this.vocabulary, this.masks, configuration, this.maxWhitespace, this.tags);
  }

  get canEnd(): boolean {
    return this.ended || this.follower.configuration.canEnd;
  }

  get mustEnd(): boolean {
    if (this.ended) return true;
    const { configuration } = this.follower;
    return configuration.canEnd && configuration.bytes.length === 0;
  }

  rollback(count: number): void {
    if (count <= 0) return;
    const index = this.steps.length - count;
    if (index < 0)
      throw new RangeError(`Cannot undo ${count} tokens: only ${this.steps.length} were accepted.`);
    const step = this.steps[index];
    this.follower.reset(step.configuration, step.whitespace, step.length);
    this.limited = step.limited;
    this.ended = false;
    this.plan = step.plan;
    this.steps.length = index;
  }

  tokensToEnd(): number {
    if (this.canEnd) return 0;
    this.fuel.beginStep();
    return this.least();
  }

  /** The smaller token count of the ending found from here and the one being followed. */
  private least(): number {
    if (this.canEnd) return 0;
    const { plan } = this;
    const planned = plan === undefined ? Number.POSITIVE_INFINITY : plan.tokens.length - plan.at;
    return Math.min(planned, this.own());
  }

  private own(): number {
    const { configuration } = this.follower;
    if (!configuration.closingNeedsText) return this.masks.levels.count(configuration);
    return this.masks.spelling.count(this.follower.closing(), this.fuel);
  }

  closingTokens(): Int32Array {
    if (this.canEnd) return NO_TOKENS;
    this.fuel.beginStep();
    return this.currentPlan();
  }

  /** A text that has used up its tokens is closed: only its shortest rest may follow. */
  private limitText({ configuration: before, limited }: Step): void {
    const text = limitedText(before);
    if (text === undefined) return;
    const { configuration } = this.follower;
    if (limitedText(configuration) !== text) {
      this.limited = 0;
      return;
    }
    this.limited = limited + 1;
    if (this.limited >= text.maxTokens!) this.follower.configuration = closedText(configuration);
  }

  private currentPlan(): Int32Array {
    const { plan } = this;
    if (plan !== undefined && plan.tokens.length - plan.at <= this.own())
      return plan.tokens.subarray(plan.at);
    const tokens = this.masks.spelling.tokens(this.follower.closing(), this.fuel);
    this.plan = { tokens, at: 0 };
    return tokens;
  }
}

/** Maximum number of tokens tried near the end of the budget, each with a search for an ending. */
const MAX_TRIALS = 512;
const NO_TOKENS = new Int32Array(0);

function setBit(mask: Uint32Array, token: number): void {
  mask[token >>> 5] |= 1 << (token & 31);
}

function clearBit(mask: Uint32Array, token: number): void {
  mask[token >>> 5] &= ~(1 << (token & 31));
}
