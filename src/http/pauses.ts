import type { TimeLimit } from "./timeLimit.js";

export interface PauseSettings {
  /** Milliseconds before the first retry; each further pause is twice as long, up to `maxPauseMs`. */
  firstPauseMs: number;
  maxPauseMs: number;
}

/** The growing pauses before the retries of one request. */
export class Pauses {
  private readonly limit: TimeLimit;
  private readonly maxPauseMs: number;
  private readonly endsAt: number;
  private nextMs: number;

  /** Retries may start within `waitMs` from now, or at any time within `limit`. */
  constructor(settings: PauseSettings, limit: TimeLimit, waitMs = Number.POSITIVE_INFINITY) {
    this.limit = limit;
    this.maxPauseMs = settings.maxPauseMs;
    this.nextMs = settings.firstPauseMs;
    this.endsAt = Date.now() + waitMs;
  }

  /**
   * Resolves when it is time for a retry, not before the time that the server requested. Throws `error` if that would be too late.
   */
  async next(error: Error, retryAfterSeconds = 0): Promise<void> {
    const backOff = Math.min(this.maxPauseMs, this.nextMs);
    this.nextMs *= 2;
    // Up to a quarter more, so that clients rejected together do not retry together.
    const pause = Math.max(backOff, retryAfterSeconds * 1000) * (1 + Math.random() / 4);
    if (pause >= this.limit.remainingMs() || Date.now() + pause > this.endsAt) throw error;
    await this.limit.pause(pause);
  }
}
