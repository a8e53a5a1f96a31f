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
  private readonly callers: readonly AbortSignal[];
  private readonly endsAt: number;
  private readonly deadline: NodeJS.Timeout;
  private silence: NodeJS.Timeout | undefined;

  constructor(deadlineMs: number, callers: readonly (AbortSignal | undefined)[]) {
    this.signal = this.controller.signal;
    this.callers = callers.filter((caller) => caller !== undefined);
    this.endsAt = Date.now() + deadlineMs;
    this.deadline = setTimeout(
      () => this.fail(new FormworkError("timeout", `The request took longer than its ${deadlineMs} ms.`)),
      Math.min(deadlineMs, LONGEST_MS),
    );
    for (const caller of this.callers) caller.addEventListener("abort", this.leave, { once: true });
    if (this.callers.some((caller) => caller.aborted)) this.leave();
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

  /** Waits for `promise`; throws what the request was given up for. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    // Where nobody waits for it any more, its failure is nobody's concern.
    promise.catch(() => {});
    this.signal.throwIfAborted();
    let stop = () => {};
    const ended = new Promise<never>((_resolve, reject) => {
      stop = () => reject(this.signal.reason);
      this.signal.addEventListener("abort", stop, { once: true });
    });
    try {
      return await Promise.race([promise, ended]);
    } finally {
      this.signal.removeEventListener("abort", stop);
    }
  }

  /** Resolves after `ms`; throws what the request was given up for. */
  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await this.until(over).finally(() => clearTimeout(timer));
  }

  close(): void {
    clearTimeout(this.deadline);
    clearTimeout(this.silence);
    for (const caller of this.callers) caller.removeEventListener("abort", this.leave);
  }

  private fail(reason: FormworkError): void {
    this.controller.abort(reason);
  }

  private readonly leave = (): void => {
    const reason: unknown = this.callers.find((caller) => caller.aborted)?.reason;
    this.fail(
      reason instanceof FormworkError
        ? reason
        : new FormworkError("cancelled", "The caller has left.", { cause: reason }),
    );
  };
}
