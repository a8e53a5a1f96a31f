import { FormworkError } from "../../errors.js";

/** How long timers can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Why a request to a server may have to be given up: its deadline, a server that has fallen silent, a caller that has
 * left. `signal` aborts with the `FormworkError` to throw. `close` must follow.
 */
export class Patience {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly caller: AbortSignal | undefined;
  private readonly endsAt: number;
  private readonly deadline: NodeJS.Timeout;
  private silence: NodeJS.Timeout | undefined;

  constructor(deadlineMs: number, caller?: AbortSignal) {
    this.signal = this.controller.signal;
    this.caller = caller;
    this.endsAt = Date.now() + deadlineMs;
    this.deadline = setTimeout(
      () => this.fail(new FormworkError("timeout", `The request took longer than its ${deadlineMs} ms.`)),
      Math.min(deadlineMs, LONGEST_MS),
    );
    if (caller?.aborted) this.leave();
    else caller?.addEventListener("abort", this.leave, { once: true });
  }

  remainingMs(): number {
    return this.endsAt - Date.now();
  }

  /** The server has to say something within `ms`. */
  expect(ms: number, place: string): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(
      () => this.fail(new FormworkError("timeout", `The server at ${place} said nothing for ${ms} ms.`)),
      Math.min(ms, LONGEST_MS),
    );
  }

  /** Nothing is expected of the server for now. */
  relax(): void {
    clearTimeout(this.silence);
  }

  /** Resolves after `ms`; throws what the request was given up for. */
  async pause(ms: number): Promise<void> {
    this.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(this.signal.reason);
      };
      const timer = setTimeout(() => {
        this.signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      this.signal.addEventListener("abort", stop, { once: true });
    });
  }

  close(): void {
    clearTimeout(this.deadline);
    clearTimeout(this.silence);
    this.caller?.removeEventListener("abort", this.leave);
  }

  private fail(reason: FormworkError): void {
    this.controller.abort(reason);
  }

  private readonly leave = (): void => {
    const reason: unknown = this.caller?.reason;
    this.fail(
      reason instanceof FormworkError
        ? reason
        : new FormworkError("cancelled", "The caller has left.", { cause: reason }),
    );
  };
}
