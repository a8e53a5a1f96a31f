import type { Matcher, Vocabulary } from "../constraint/index.js";
import { FormworkError } from "../errors.js";

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

  /**
   * The set of tokens that may follow, where `remaining` more tokens may be written, the end token counted where there is
   * room for it. Throws `budget_too_small` where the document cannot be ended within them.
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

  /** Tokens that the document may have of the `remaining`. */
  private tokensOf(remaining: number): number {
    const least = this.matcher.tokensToEnd();
    if (remaining >= least) return Math.max(remaining - 1, least);
    throw new FormworkError(
      "budget_too_small",
      `${remaining} tokens are left; the shortest way to the end of the document needs ${least}.`,
    );
  }
}
