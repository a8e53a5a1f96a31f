/** What compiling a schema and following documents may cost. */
export interface CompileLimits {
  /** Length of the schema as JSON text. */
  schemaBytes: number;
  /** Nesting of the schema. */
  depth: number;
  /** Alternatives that one schema location may split into. */
  alternatives: number;
  /** States of one regular expression's automaton. */
  regexStates: number;
  /** Milliseconds of compiling; none by default: `compileWork` decides, the same on every machine. */
  compileMs: number;
  /**
   * Elementary steps of compiling, some tens of nanoseconds each. Over it, `compileSchema` throws a `LimitError` with
   * the code `schema_too_large` and `limit: "compileWork"`.
   */
  compileWork: number;
  /**
   * Elementary steps of one call of a matcher (`fillMask`, `accept`, `forcedTokens`, `tokensToEnd`, `closingTokens`) or
   * of `accepts`. Over it, the call throws a `LimitError` with the code `step_limit` and `limit: "stepWork"`, and
   * changes nothing: the matcher stands where it stood. Its tokens can be accepted again, in another thread too, by a
   * grammar that was compiled with larger limits.
   */
  stepWork: number;
  /**
   * Bytes, about, of what a grammar works out and keeps. Over it, compiling or a call throws a `LimitError` with the
   * code `schema_too_large` and `limit: "memoryBytes"`.
   */
  memoryBytes: number;
}

/** The limits that hold where a caller sets none, the same in the library, the server and the command line. */
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
