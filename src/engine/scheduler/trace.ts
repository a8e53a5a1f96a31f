import type { TokenOrigin, TracedToken, TraceStep } from "../engine.js";

/** The trace of an answer, token by token, until it is emitted. Only maintained if requested. */
export class Trace {
  private readonly arrivedAt: number;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  private tokens: TracedToken[] = [];

  /** `arrivedAt`: arrival of the request, on the clock of `performance.now()`. */
  constructor(arrivedAt: number) {
    this.arrivedAt = arrivedAt;
  }

  /** Records a token by its bytes. A character spelled by several tokens belongs to the last one. */
  add(bytes: Uint8Array, origin: TokenOrigin, choice?: TracedToken["choice"]): void {
    const text = this.decoder.decode(bytes, { stream: true });
    this.tokens.push(choice === undefined ? { text, origin } : { text, origin, choice });
  }

  /** The tokens since the last call; undefined if there are none. */
  take(): TraceStep | undefined {
    if (this.tokens.length === 0) return undefined;
    const { tokens } = this;
    this.tokens = [];
    return { atMs: performance.now() - this.arrivedAt, tokens };
  }
}
