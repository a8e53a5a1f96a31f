import type { Matcher, Vocabulary } from "../constraint/index.js";
import { FormworkError } from "../errors.js";

/** The budget of a request without one. */
export const UNLIMITED = 0xffff_ffff;

/** The document of one request, with the request's end tokens. */
export class Sequence {
  private readonly vocabulary: Vocabulary;
  private readonly matcher: Matcher;
  private readonly ends: readonly number[];
  /** Why it cannot continue. */
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

  /** Tokens of the shortest known ending, not counting the end token. */
  get tokensToEnd(): number {
    return this.matcher.tokensToEnd();
  }

  /**
   * The set of tokens that may follow, with a budget of `remaining` tokens, including the end token if it fits. Throws
   * `budget_too_small` if the document cannot be completed within the budget.
   */
  fillMask(mask: Uint32Array, remaining: number): void {
    const { matcher, vocabulary, ends } = this;
    const { eos } = vocabulary;
    if (matcher.mustEnd) {
      mask.fill(0);
      for (const end of ends) mask[end >>> 5] |= 1 << (end & 31);
      return;
    }
    if (remaining === UNLIMITED) matcher.fillMask(mask);
    else matcher.fillMask(mask, this.tokensOf(remaining));
    const mayEnd = ((mask[eos >>> 5] >>> (eos & 31)) & 1) === 1;
    mask[eos >>> 5] &= ~(1 << (eos & 31));
    for (const end of ends) {
      if (mayEnd) mask[end >>> 5] |= 1 << (end & 31);
      else mask[end >>> 5] &= ~(1 << (end & 31));
    }
  }

  /** The part of `remaining` available to the document. */
  private tokensOf(remaining: number): number {
    const least = this.matcher.tokensToEnd();
    if (remaining >= least) return Math.max(remaining - 1, least);
    throw new FormworkError(
      "budget_too_small",
      `${remaining} tokens are left; the shortest way to the end of the document needs ${least}.`,
    );
  }
}
