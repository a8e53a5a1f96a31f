/** Why a pattern has no automaton: it is not a pattern, not a regular language, or over a limit. */
export class RegexError extends Error {
  /** Where in the pattern, in UTF-16 code units; 0 where it is not known. */
  readonly offset: number;
  readonly reason: "syntax" | "unsupported" | "too_large";

  constructor(reason: "syntax" | "unsupported" | "too_large", message: string, offset = 0) {
    super(message);
    this.name = "RegexError";
    this.reason = reason;
    this.offset = offset;
  }
}
