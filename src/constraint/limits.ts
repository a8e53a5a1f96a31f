/** Limits on the cost of compiling a schema and following documents. */
export interface CompileLimits {
  /** Maximum length of the schema as JSON text. */
  schemaBytes: number;
  /** Maximum nesting depth of the schema. */
  depth: number;
  /** Maximum number of alternatives per schema location. */
  alternatives: number;
  /** Maximum number of states of a regular expression's automaton. */
  regexStates: number;
  /** Maximum time of compiling in milliseconds. Default: none, so that `compileWork`, which is deterministic, decides. */
  compileMs: number;
  /**
   * Maximum number of elementary steps of compiling, some tens of nanoseconds each. Beyond it, `compileSchema` throws a
   * `LimitError` with the code `schema_too_large` and `limit: "compileWork"`.
   */
  compileWork: number;
  /**
   * Maximum number of elementary steps of one call of a matcher (`fillMask`, `accept`, `forcedTokens`, `tokensToEnd`,
   * `closingTokens`) or of `accepts`. Beyond it, the call throws a `LimitError` with the code `step_limit` and
   * `limit: "stepWork"`, and the matcher is unchanged. A grammar compiled with larger limits, possibly in another thread, can
   * accept the same tokens again.
   */
  stepWork: number;
  /**
   * Approximate maximum memory of a grammar and its caches, in bytes. Beyond it, compiling or a call throws a `LimitError` with
   * the code `schema_too_large` and `limit: "memoryBytes"`.
   */
  memoryBytes: number;
}

/** The default limits, for the library, the server and the command line. */
export const DEFAULT_LIMITS: CompileLimits = {
  schemaBytes: 4 << 20,
  depth: 512,
  alternatives: 2048,
  regexStates: 50_000,
  compileMs: Number.POSITIVE_INFINITY,
  compileWork: 400_000_000,
  stepWork: 200_000_000,
  memoryBytes: 512 << 20,
};
