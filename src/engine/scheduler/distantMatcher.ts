import type { Matcher } from "../../constraint/index.js";
import type { MatcherState, MatcherStep, ServedMatcher } from "../../constraint/service/index.js";
import { FormworkError } from "../../errors.js";

/**
 * The scheduler's proxy of a matcher in another thread. `accept` sends the choice, and until the state after it arrives, `isReady` is
 * false: the sequence is left out of steps that need its mask. The other thread also accepts forced tokens, which are returned as
 * `forcedTokens`.
 *
 * Masks respect the budget, so after any permitted token an ending is possible: this is known before the state arrives.
 */
export class DistantMatcher implements Matcher {
  private readonly served: ServedMatcher;
  private readonly onReady: () => void;
  private state: MatcherState | undefined;
  private failure: unknown;
  /** Number of the state's forced tokens accepted on this side. */
  private taken = 0;
  /** Remaining budget, including the state's forced tokens. */
  private left: number;
  private askedAt = 0;

  /** `written`: the tokens of the document so far, out of `budget`. `onReady` is called after each wait. */
  constructor(served: ServedMatcher, written: ArrayLike<number>, budget: number, onReady: () => void) {
    this.served = served;
    this.onReady = onReady;
    this.left = budget - written.length;
    this.ask({ tokens: Array.from(written), force: true, mask: true, remaining: budget }, written.length);
  }

  /** Whether the state after the last choice has arrived or failed. */
  get isReady(): boolean {
    return this.state !== undefined || this.failure !== undefined;
  }

  /** Whether there are forced tokens that have not been accepted on this side. */
  get hasNews(): boolean {
    return this.failure !== undefined || (this.state !== undefined && this.taken < this.state.forced.length);
  }

  /** Milliseconds since the state was requested. */
  get waitedMs(): number {
    return this.isReady ? 0 : performance.now() - this.askedAt;
  }

  /** Throws the other thread's error. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  forget(): void {
    this.served.forget();
  }

  fillMask(mask: Uint32Array): void {
    this.check();
    mask.set(this.served.mask);
  }

  accept(token: number): boolean {
    this.check();
    if (this.state === undefined) return false;
    const { forced } = this.state;
    this.left--;
    if (this.taken < forced.length) {
      if (forced[this.taken] !== token) return false;
      this.taken++;
      return true;
    }
    this.ask({ tokens: [token], force: true, mask: true, remaining: this.left + 1 }, 1);
    return true;
  }

  forcedTokens(): Int32Array {
    this.check();
    return Int32Array.from(this.state?.forced.slice(this.taken) ?? []);
  }

  get canEnd(): boolean {
    if (this.state === undefined) return this.left === 0;
    return this.taken === this.state.forced.length && this.state.canEnd;
  }

  get mustEnd(): boolean {
    return this.state !== undefined && this.taken === this.state.forced.length && this.state.mustEnd;
  }

  rollback(count: number): void {
    if (count > 0) throw new FormworkError("internal", "A choice that was sent off cannot be undone.");
  }

  tokensToEnd(): number {
    this.check();
    if (this.state === undefined) return Math.min(this.left, 1);
    return this.state.forced.length - this.taken + this.state.tokensToEnd;
  }

  closingTokens(): Int32Array {
    this.check();
    return new Int32Array(0);
  }

  /** Runs a step in the other thread; `sent` tokens of it must be accepted. */
  private ask(step: MatcherStep, sent: number): void {
    this.state = undefined;
    this.taken = 0;
    this.askedAt = performance.now();
    this.served.step(step).then(
      (state) => {
        if (state.accepted < sent)
          this.failure = new FormworkError("internal", "The mask and the matcher differ.");
        else this.state = state;
        this.onReady();
      },
      (error: unknown) => {
        this.failure = error;
        this.onReady();
      },
    );
  }
}

/** Whether the sequence's next choice can be made: its mask is ready, or computed in this thread. */
export function isReady(matcher: Matcher | undefined): boolean {
  return !(matcher instanceof DistantMatcher) || matcher.isReady;
}
