import { ClientError } from "../errors.js";

export interface TimeLimitOptions {
  limitMs: number;
  /** The caller's own signal. */
  signal?: AbortSignal | undefined;
  /** Asked once, when the time is up: a longer limit (from the start) where there is a reason to wait on. */
  extend?: (() => Promise<number | undefined>) | undefined;
}

/**
 * How long one call may take. `signal` aborts when the time is up or the caller gives up; its reason is the
 * `ClientError` to throw. `close` must follow.
 */
export class TimeLimit {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly caller: AbortSignal | undefined;
  private extend: (() => Promise<number | undefined>) | undefined;
  private limitMs: number;
  private startedAt = Date.now();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(options: TimeLimitOptions) {
    this.signal = this.controller.signal;
    this.caller = options.signal;
    this.extend = options.extend;
    this.limitMs = options.limitMs;
    if (this.caller?.aborted) this.giveUp();
    else {
      this.caller?.addEventListener("abort", this.giveUp, { once: true });
      this.arm();
    }
  }

  remainingMs(): number {
    return this.startedAt + this.limitMs - Date.now();
  }

  /** The time stands still until `touch`: the reader is at work, not the server. */
  hold(): void {
    clearTimeout(this.timer);
  }

  /** Something arrived: the time runs from now. */
  touch(): void {
    this.startedAt = Date.now();
    this.arm();
  }

  /** Waits at least this long in all, from the start. */
  raiseTo(limitMs: number): void {
    if (limitMs <= this.limitMs) return;
    this.limitMs = limitMs;
    this.arm();
  }

  /** Resolves after `ms`; throws the reason when the time is up before. */
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
    this.closed = true;
    clearTimeout(this.timer);
    this.caller?.removeEventListener("abort", this.giveUp);
  }

  private arm(): void {
    clearTimeout(this.timer);
    if (this.closed || this.signal.aborted) return;
    this.timer = setTimeout(() => void this.expire(), Math.max(0, this.remainingMs()));
  }

  private async expire(): Promise<void> {
    const { extend } = this;
    this.extend = undefined;
    const longer = extend === undefined ? undefined : await extend().catch(() => undefined);
    if (this.closed || this.signal.aborted) return;
    if (longer !== undefined) this.raiseTo(longer);
    if (this.remainingMs() > 0) {
      this.arm();
      return;
    }
    this.controller.abort(
      new ClientError(
        "timeout",
        `No answer within ${formatDuration(this.limitMs)}. The server may still have worked.`,
      ),
    );
  }

  private readonly giveUp = (): void => {
    clearTimeout(this.timer);
    this.controller.abort(
      new ClientError("cancelled", "The call was cancelled.", { cause: this.caller?.reason }),
    );
  };
}

function formatDuration(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`;
}
