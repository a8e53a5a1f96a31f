import type { Matcher, Vocabulary } from "../constraint/index.js";

/** No budget: as many tokens as it takes. */
export const UNLIMITED = 0xffff_ffff;
/** With more tokens left than this, the end is not looked for at every step. */
const FAR = 4096;

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
    if (remaining === UNLIMITED) matcher.fillMask(mask);
    // One token is kept for the end, where there is one to spare.
    else
      matcher.fillMask(
        mask,
        remaining > FAR ? remaining - 1 : Math.max(remaining - 1, matcher.tokensToEnd()),
      );
    const mayEnd = ((mask[eos >>> 5] >>> (eos & 31)) & 1) === 1;
    mask[eos >>> 5] &= ~(1 << (eos & 31));
    for (const end of ends) {
      if (mayEnd) mask[end >>> 5] |= 1 << (end & 31);
      else mask[end >>> 5] &= ~(1 << (end & 31));
    }
  }
}
