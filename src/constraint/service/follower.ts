import type { Grammar, Matcher, Vocabulary } from "../index.js";
import type { MatcherState, MatcherStep } from "./service.js";

/** A document on the worker's side: a matcher, and the mask that the caller reads. */
export class ServedDocument {
  private readonly matcher: Matcher;
  private readonly mask: Uint32Array;

  /** Throws if `accepted` cannot follow, although it was accepted before. */
  constructor(grammar: Grammar, vocabulary: Vocabulary, mask: Uint32Array, accepted: readonly number[]) {
    this.matcher = grammar.matcher(vocabulary);
    this.mask = mask;
    for (const token of accepted) {
      if (!this.matcher.accept(token)) throw new Error("The document cannot be followed again.");
    }
  }

  /** See `MatcherStep`. Throws what the matcher throws; the document is then unusable. */
  step({ rollback = 0, tokens = [], force, mask, remaining = Infinity }: MatcherStep): MatcherState {
    const { matcher } = this;
    matcher.rollback(rollback);
    let accepted = 0;
    while (accepted < tokens.length && matcher.accept(tokens[accepted])) accepted++;
    let left = remaining - accepted;
    const forced: number[] = [];
    if (force) left -= this.takeForced(forced, left);
    if (mask && !matcher.mustEnd && left > 0 && matcher.tokensToEnd() <= left)
      matcher.fillMask(this.mask, left === Infinity ? undefined : left);
    const { canEnd, mustEnd } = matcher;
    return { accepted, forced, canEnd, mustEnd, tokensToEnd: matcher.tokensToEnd() };
  }

  /** Accepts forced tokens as long as the document can be completed within `left`; returns their number. */
  private takeForced(forced: number[], left: number): number {
    const { matcher } = this;
    const before = forced.length;
    for (;;) {
      const next = matcher.forcedTokens();
      let taken = 0;
      while (taken < next.length && matcher.accept(next[taken])) taken++;
      if (taken === 0) break;
      if (matcher.tokensToEnd() > left - (forced.length - before) - taken) {
        matcher.rollback(taken);
        break;
      }
      for (let i = 0; i < taken; i++) forced.push(next[i]);
    }
    return forced.length - before;
  }
}
