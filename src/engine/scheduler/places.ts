import { FormworkError } from "../../errors.js";

export interface PlaceLimits {
  /** Requests served side by side. */
  maxSequences: number;
  /** Requests that may wait for a place. */
  queueLimit: number;
}

/** A client is asked to wait at least and at most so many seconds before it tries again. */
const MIN_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 60;

/** The weight of the latest request in the mean time of service. */
const SMOOTHING = 1 / 16;

/** How many requests find a place, and when the next one may. */
export class Places {
  private readonly limits: PlaceLimits;
  private meanServiceMs = 1000;

  constructor(limits: PlaceLimits) {
    this.limits = limits;
  }

  /** Throws `queue_full` where another request would not find a place to wait. */
  check(waiting: number, running: number): void {
    const { maxSequences, queueLimit } = this.limits;
    if (waiting < queueLimit + Math.max(maxSequences - running, 0)) return;
    const seconds = Math.ceil((this.meanServiceMs * (waiting + 1)) / maxSequences / 1000);
    throw new FormworkError("queue_full", `The engine is busy and ${waiting} requests wait.`, {
      retryAfterSeconds: Math.min(Math.max(seconds, MIN_RETRY_SECONDS), MAX_RETRY_SECONDS),
    });
  }

  /** Takes note of a request that was served for so many milliseconds. */
  served(milliseconds: number): void {
    this.meanServiceMs += (milliseconds - this.meanServiceMs) * SMOOTHING;
  }
}
