/**
 * Follows one document token by token against a grammar. Not shared between sequences.
 * Token ids index the vocabulary; a mask is one bit a token, lowest bit of word 0 first,
 * `vocabulary.maskWords` words long. The bits of the end tokens are set exactly where the document may end.
 *
 * Each call has the work of one step (`CompileLimits.stepWork`). What runs out of it throws a `LimitError` with the code
 * `step_limit` and changes nothing: the matcher stands where it stood.
 */
export interface Matcher {
  /**
   * Writes the set of tokens that may follow. Every one of them leaves a valid end reachable: with `remaining`, within
   * so many tokens, the one that is chosen now counted and the end token not. `remaining` has to be at least
   * `tokensToEnd()`; where it is 0, the end tokens alone are left.
   */
  fillMask(mask: Uint32Array, remaining?: number): void;
  /** Takes `token`; false (and no change) where the mask does not hold it. */
  accept(token: number): boolean;
  /** The tokens that must follow whatever is chosen, as the model's own tokenizer would write them; may be empty. Does not accept them. */
  forcedTokens(): Int32Array;
  /** The document is whole and may end here. */
  readonly canEnd: boolean;
  /** The document is whole and nothing but the end may follow. */
  readonly mustEnd: boolean;
  /** Undoes the last `count` accepted tokens. */
  rollback(count: number): void;
  /**
   * Tokens of a short way to a valid end from here, spelled with as few as possible; 0 where `canEnd`. It may be far more
   * than could ever be written: then `closingTokens` throws.
   */
  tokensToEnd(): number;
  /** That way itself. Accepting its tokens in turn ends in `canEnd`. */
  closingTokens(): Int32Array;
}
