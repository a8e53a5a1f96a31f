/** Why a pattern has no automaton: it is malformed, not regular, or exceeds a limit. */
export class RegexError extends Error {
  /** Position in the pattern, in UTF-16 code units; 0 if unknown. */
  readonly offset: number;
  readonly reason: "syntax" | "unsupported" | "too_large";

  constructor(reason: "syntax" | "unsupported" | "too_large", message: string, offset = 0) {
    super(message);
    this.name = "RegexError";
    this.reason = reason;
    this.offset = offset;
  }
}
