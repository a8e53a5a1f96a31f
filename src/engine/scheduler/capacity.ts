import { FormworkError } from "../../errors.js";

export interface CapacityLimits {
  /** Requests decoded concurrently. */
  maxSequences: number;
  /** Requests that may wait in the queue. */
  queueLimit: number;
}

/** The shortest and the longest `Retry-After`, in seconds. */
const MIN_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 60;

/** The weight of the latest request in the mean time of service. */
const SMOOTHING = 1 / 16;

/** How many requests may run or wait, and when a rejected one may try again. */
export class Capacity {
  private readonly limits: CapacityLimits;
  private meanServiceMs = 1000;

  constructor(limits: CapacityLimits) {
    this.limits = limits;
  }

  /** Throws `queue_full` if the queue has no room for another request. */
  check(waiting: number, running: number): void {
    const { maxSequences, queueLimit } = this.limits;
    if (waiting < queueLimit + Math.max(maxSequences - running, 0)) return;
    const seconds = Math.ceil((this.meanServiceMs * (waiting + 1)) / maxSequences / 1000);
    throw new FormworkError("queue_full", `The engine is busy and ${waiting} requests wait.`, {
      retryAfterSeconds: Math.min(Math.max(seconds, MIN_RETRY_SECONDS), MAX_RETRY_SECONDS),
    });
  }

  /** Records how long a finished request was served. */
  served(milliseconds: number): void {
    this.meanServiceMs += (milliseconds - this.meanServiceMs) * SMOOTHING;
  }
}
