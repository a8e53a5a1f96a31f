import type { TimeLimit } from "./timeLimit.js";

export interface PauseSettings {
  /** Milliseconds before the first further try; each next pause is twice as long, up to `maxPauseMs`. */
  firstPauseMs: number;
  maxPauseMs: number;
}

/** The growing pauses before the further tries of one request. */
export class Pauses {
  private readonly limit: TimeLimit;
  private readonly maxPauseMs: number;
  private readonly endsAt: number;
  private nextMs: number;

  /** Further tries start within `waitMs` from now, or at any time within `limit`. */
  constructor(settings: PauseSettings, limit: TimeLimit, waitMs = Number.POSITIVE_INFINITY) {
    this.limit = limit;
    this.maxPauseMs = settings.maxPauseMs;
    this.nextMs = settings.firstPauseMs;
    this.endsAt = Date.now() + waitMs;
  }

  /**
   * Resolves when it is time for a further try, no sooner than the server asked for. Throws `error` where that would be
   * too late.
   */
  async next(error: Error, retryAfterSeconds = 0): Promise<void> {
    const backOff = Math.min(this.maxPauseMs, this.nextMs);
    this.nextMs *= 2;
    // Up to a quarter more, so that clients that were refused together do not come back together.
    const pause = Math.max(backOff, retryAfterSeconds * 1000) * (1 + Math.random() / 4);
    if (pause >= this.limit.remainingMs() || Date.now() + pause > this.endsAt) throw error;
    await this.limit.pause(pause);
  }
}
