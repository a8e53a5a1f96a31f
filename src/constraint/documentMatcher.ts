import { type Binary, bytesOf, type Configuration, type Fuel } from "../grammar/index.js";
import type { Vocabulary } from "../vocabulary/index.js";
import { Follower } from "./follower.js";
import { forcedTokens } from "./forced/forced.js";
import { Masks } from "./masks/masks.js";
import type { Matcher } from "./matcher.js";
import { closedText, limitedText } from "./segments/limit.js";
import type { TagTokens } from "./segments/tags.js";

/** What a matcher was before a token: enough to go back. */
interface Step {
  configuration: Configuration;
  /** Tokens of the limited text in which the matcher was; 0 outside. */
  limited: number;
  whitespace: number;
  length: number;
  ended: boolean;
  plan: Plan | undefined;
}

/** A way to the end that has been told: as long as it is followed it stays good. */
interface Plan {
  tokens: Int32Array;
  at: number;
}

export class DocumentMatcher implements Matcher {
  private readonly vocabulary: Vocabulary;
  private readonly masks: Masks;
  private readonly follower: Follower;
  private readonly maxWhitespace: number;
  private readonly fuel: Fuel;
  private readonly tags: TagTokens | undefined;
  private readonly steps: Step[] = [];
  private ended = false;
  /** Tokens taken of a text that may have so many only. */
  private limited = 0;
  private plan: Plan | undefined;

  /** `tags`: control tokens that stand for text outside JSON. */
  constructor(vocabulary: Vocabulary, start: Configuration, maxWhitespace: number, tags?: TagTokens) {
    this.vocabulary = vocabulary;
    this.tags = tags;
    this.masks = Masks.of(vocabulary);
    this.maxWhitespace = maxWhitespace;
    this.follower = new Follower(start, maxWhitespace);
    this.fuel = start.interner.fuel;
  }

  fillMask(mask: Uint32Array): void {
    if (this.ended) {
      mask.fill(0);
      return;
    }
    this.fuel.beginStep();
    const { configuration, whitespace } = this.follower;
    const recipe = this.masks.recipe(configuration, this.maxWhitespace - whitespace, this.maxWhitespace);
    this.masks.fill(mask, recipe);
    const { doubtful } = recipe;
    for (let i = 0; i < doubtful.length; i++) {
      if (!this.take(doubtful[i])) continue;
      this.rollback(1);
      mask[doubtful[i] >>> 5] |= 1 << (doubtful[i] & 31);
    }
    this.tags?.addTo(mask, configuration);
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
      // Also where the work of a step ran out on the way.
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
    return this.currentPlan().length;
  }

  closingTokens(): Int32Array {
    if (this.canEnd) return NO_TOKENS;
    this.fuel.beginStep();
    return this.currentPlan();
  }

  /** A text that has had its tokens is closed: nothing else may follow than its shortest rest. */
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
    const told = this.plan;
    const own = this.tokenised();
    if (told !== undefined && told.tokens.length - told.at < own.length) return told.tokens.subarray(told.at);
    this.plan = { tokens: own, at: 0 };
    return own;
  }

  private tokenised(): Int32Array {
    const { follower, vocabulary } = this;
    const { configuration } = follower;
    if (configuration.closingNeedsText) return longestTokens(vocabulary, follower.closing());
    let tokens = configuration.recall(vocabulary) as Int32Array | undefined;
    if (tokens === undefined) {
      tokens = longestTokens(vocabulary, configuration.closing ?? "");
      configuration.remember(vocabulary, tokens);
    }
    return tokens;
  }
}

const NO_TOKENS = new Int32Array(0);

/** Spells `text` with the longest token that fits, again and again. */
function longestTokens(vocabulary: Vocabulary, text: Binary): Int32Array {
  const { trie } = vocabulary;
  const bytes = bytesOf(text);
  const tokens: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let node = 0;
    let best = -1;
    let bestEnd = at;
    for (let i = at; i < bytes.length; i++) {
      node = trie.child(node, bytes[i]);
      if (node < 0) break;
      if (trie.first[node + 1] > trie.first[node]) {
        best = trie.payload[trie.first[node]];
        bestEnd = i + 1;
      }
    }
    if (best < 0) break;
    tokens.push(best);
    at = bestEnd;
  }
  return Int32Array.from(tokens);
}
