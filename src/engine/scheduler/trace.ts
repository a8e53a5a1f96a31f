import type { TokenOrigin, TracedToken, TraceStep } from "../engine.js";

/** What one answer was written with, token by token, until it is handed out. Kept only where it was asked for. */
export class Trace {
  private readonly arrivedAt: number;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  private tokens: TracedToken[] = [];

  /** `arrivedAt`: when the request arrived, on the clock of `performance.now()`. */
  constructor(arrivedAt: number) {
    this.arrivedAt = arrivedAt;
  }

  /** Notes a token by its bytes. A character that several tokens spell belongs to the last of them. */
  add(bytes: Uint8Array, origin: TokenOrigin, choice?: TracedToken["choice"]): void {
    const text = this.decoder.decode(bytes, { stream: true });
    this.tokens.push(choice === undefined ? { text, origin } : { text, origin, choice });
  }

  /** The tokens since the last call; undefined where there are none. */
  take(): TraceStep | undefined {
    if (this.tokens.length === 0) return undefined;
    const { tokens } = this;
    this.tokens = [];
    return { atMs: performance.now() - this.arrivedAt, tokens };
  }
}
