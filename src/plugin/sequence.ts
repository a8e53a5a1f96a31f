import type { Matcher, Vocabulary } from "../constraint/index.js";

/** No budget: as many tokens as it takes. */
export const UNLIMITED = 0xffff_ffff;

/** One request's place in its document, with the end tokens that the request has. */
export class Sequence {
  private readonly vocabulary: Vocabulary;
  private readonly matcher: Matcher;
  private readonly ends: readonly number[];
  /** Why it cannot go on. */
  failure: string | undefined;

  constructor(vocabulary: Vocabulary, matcher: Matcher, ends: readonly number[]) {
    this.vocabulary = vocabulary;
    this.matcher = matcher;
    this.ends = ends;
  }

  accept(token: number): boolean {
    return this.matcher.accept(this.ends.includes(token) ? this.vocabulary.eos : token);
  }

  rollback(count: number): void {
    this.matcher.rollback(count);
  }

  /** Tokens of the shortest known way to a whole document, the end token not counted. */
  get tokensToEnd(): number {
    return this.matcher.tokensToEnd();
  }

  /** The set of tokens that may follow, where `remaining` more tokens may be written. */
  fillMask(mask: Uint32Array, remaining: number): void {
    const { matcher, vocabulary, ends } = this;
    const { eos } = vocabulary;
    if (matcher.mustEnd) {
      mask.fill(0);
      for (const end of ends) mask[end >>> 5] |= 1 << (end & 31);
      return;
    }
    matcher.fillMask(mask);
    if (remaining !== UNLIMITED) this.keepWithin(mask, remaining - 1);
    const mayEnd = ((mask[eos >>> 5] >>> (eos & 31)) & 1) === 1;
    mask[eos >>> 5] &= ~(1 << (eos & 31));
    for (const end of ends) {
      if (mayEnd) mask[end >>> 5] |= 1 << (end & 31);
      else mask[end >>> 5] &= ~(1 << (end & 31));
    }
  }

  /**
   * Takes out of `mask` what would leave no way to a whole document within `remaining` tokens and the end token. Not by
   * the matcher's own masks within a budget: their trials of single tokens are too dear for a step that others wait for
   * (free names under `minProperties` take seconds). Where few tokens are left, each is tried; where many are, as in a
   * string, the document is brought to its end a little early.
   */
  private keepWithin(mask: Uint32Array, remaining: number): void {
    const { matcher } = this;
    const least = matcher.tokensToEnd();
    if (remaining > 2 * least + FAR) return;
    const tokens = tokensOf(mask, MAX_TRIALS);
    if (tokens === undefined) {
      if (remaining > least + NEAR) return;
      mask.fill(0);
    }
    const closing = matcher.closingTokens();
    const next = closing.length > 0 ? closing[0] : this.vocabulary.eos;
    for (const token of tokens ?? []) {
      if (token === next || token === this.vocabulary.eos || !matcher.accept(token)) continue;
      if (matcher.tokensToEnd() > remaining - 1) mask[token >>> 5] &= ~(1 << (token & 31));
      matcher.rollback(1);
    }
    mask[next >>> 5] |= 1 << (next & 31);
  }
}

const FAR = 32;
const NEAR = 16;
const MAX_TRIALS = 512;

/** The tokens in the mask, or undefined where they are more than `limit`. */
function tokensOf(mask: Uint32Array, limit: number): number[] | undefined {
  const tokens: number[] = [];
  for (let word = 0; word < mask.length; word++) {
    for (let bits = mask[word]; bits !== 0; bits &= bits - 1) {
      if (tokens.length === limit) return undefined;
      tokens.push(word * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
  return tokens;
}
