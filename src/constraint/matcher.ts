/**
 * Follows one document token by token against a grammar. Each sequence needs its own matcher. Token ids index the vocabulary.
 * A mask has one bit per token, starting with the lowest bit of word 0, in `vocabulary.maskWords` words. The bits of end
 * tokens are set exactly when the document may end.
 *
 * Each call is limited to the work of one step (`CompileLimits.stepWork`). A call that exceeds it throws a `LimitError` with the
 * code `step_limit` and leaves the matcher unchanged.
 */
export interface Matcher {
  /**
   * Writes the set of tokens that may follow. After each of them a valid end is reachable; with `remaining`, within that many
   * tokens, counting the next token but not the end token. `remaining` must be at least `tokensToEnd()`; if it is 0, only the
   * end tokens are set.
   */
  fillMask(mask: Uint32Array, remaining?: number): void;
  /** Accepts `token`; returns false and changes nothing if the mask does not contain it. */
  accept(token: number): boolean;
  /** The tokens that must follow, as the model's tokenizer would write them; may be empty. Does not accept them. */
  forcedTokens(): Int32Array;
  /** Whether the document is complete and may end here. */
  readonly canEnd: boolean;
  /** Whether the document is complete and only the end may follow. */
  readonly mustEnd: boolean;
  /** Undoes the last `count` accepted tokens. */
  rollback(count: number): void;
  /**
   * Number of tokens of a short ending from here, spelled with as few tokens as possible; 0 if `canEnd`. It may be too large to
   * be written; then `closingTokens` throws.
   */
  tokensToEnd(): number;
  /** The tokens of that ending. After accepting them in order, `canEnd` holds. */
  closingTokens(): Int32Array;
}
