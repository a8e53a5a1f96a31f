import { FormworkError } from "../errors.js";

/** Limits over all open requests. */
export interface BodyLimits {
  /** Maximum number of requests with a body. */
  bodies: number;
  /** Maximum total bytes of bodies larger than `SMALL_BODY_BYTES`. */
  bytes: number;
}

/** Bodies up to this size are only limited in number, so that a few large ones, sent slowly, cannot block them. */
export const SMALL_BODY_BYTES = 64 * 1024;

/**
 * The budget of all bodies. A body counts from the arrival of its request until the request is answered, because its text and values
 * live that long. Its bytes count as they arrive, so that announcing a large body takes nothing from others.
 */
export class BodyBudget {
  private readonly limits: BodyLimits;
  private bodies = 0;
  private bytes = 0;

  constructor(limits: BodyLimits) {
    this.limits = limits;
  }

  /** Throws `queue_full` if no further body may be read now. */
  enter(): BodyShare {
    if (this.bodies >= this.limits.bodies) throw crowded(`${this.bodies} requests are open`);
    this.bodies++;
    let own = 0;
    let left = false;
    return {
      take: (length) => {
        const counted = (bytes: number) => (bytes > SMALL_BODY_BYTES ? bytes : 0);
        const more = counted(own + length) - counted(own);
        if (this.bytes + more > this.limits.bytes) {
          throw crowded(`open requests take ${this.bytes} bytes of ${this.limits.bytes}`);
        }
        own += length;
        this.bytes += more;
      },
      leave: () => {
        if (left) return;
        left = true;
        this.bodies--;
        this.bytes -= own > SMALL_BODY_BYTES ? own : 0;
      },
    };
  }
}

/** A request's share of the budget. */
export interface BodyShare {
  /** Counts received bytes. Throws `queue_full` if they exceed the budget. */
  take(length: number): void;
  /** Releases the share. Idempotent. */
  leave(): void;
}

function crowded(state: string): FormworkError {
  return new FormworkError("queue_full", `The server has no room for this body: ${state}.`, {
    retryAfterSeconds: 1,
  });
}
