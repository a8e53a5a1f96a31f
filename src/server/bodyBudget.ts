import { FormworkError } from "../errors.js";

/** Limits over all requests that the server holds at one time. */
export interface BodyLimits {
  /** Requests with a body. */
  bodies: number;
  /** Bytes of bodies larger than `SMALL_BODY_BYTES`. */
  bytes: number;
}

/** Bodies up to this size are limited by their number alone: a few large ones, sent slowly, must not keep them out. */
export const SMALL_BODY_BYTES = 64 * 1024;

/**
 * What bodies may take together. A body is counted from the moment that its request arrives until the request is answered,
 * since its text and what was read from it live that long; its bytes are counted as they come in, so that
 * announcing a large body takes nothing from others.
 */
export class BodyBudget {
  private readonly limits: BodyLimits;
  private bodies = 0;
  private bytes = 0;

  constructor(limits: BodyLimits) {
    this.limits = limits;
  }

  /** Throws `queue_full` where no further body may be read now. */
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

/** One request's part of the budget. */
export interface BodyShare {
  /** Counts bytes that have come in. Throws `queue_full` where there is no room for them. */
  take(length: number): void;
  /** Gives the share back; calling it again does nothing. */
  leave(): void;
}

function crowded(state: string): FormworkError {
  return new FormworkError("queue_full", `The server has no room for this body: ${state}.`, {
    retryAfterSeconds: 1,
  });
}
