import { FormworkError } from "../errors.js";
import type { MakeError } from "./fetchFailures.js";

/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export interface TimeLimitOptions {
  /** Total milliseconds of the call. Default: no limit. */
  totalMs?: number | undefined;
  /** Milliseconds from now within which the server has to answer. Default: no limit until `expect`. */
  silenceMs?: number | undefined;
  /** Signals that cancel the call. */
  signals: readonly (AbortSignal | undefined)[];
  /** Called once when the server has been silent for too long; returns a longer limit if there is a reason to keep waiting. */
  extend?: (() => Promise<number | undefined>) | undefined;
  /** Name of the server, for messages. */
  place: string;
  makeError: MakeError;
}

/**
 * Limits of one call: total time, and silence of the server. `signal` aborts when either is exceeded or a caller cancels; its
 * reason is the error to throw. Call `close` afterwards.
 */
export class TimeLimit {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly callers: readonly AbortSignal[];
  private readonly place: string;
  private readonly makeError: MakeError;
  private readonly endsAt: number;
  private readonly totalTimer: ReturnType<typeof setTimeout> | undefined;
  private extend: (() => Promise<number | undefined>) | undefined;
  private silenceMs: number;
  private silentSince = Date.now();
  private held = false;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(options: TimeLimitOptions) {
    const { totalMs = Number.POSITIVE_INFINITY } = options;
    this.signal = this.controller.signal;
    this.callers = options.signals.filter((caller) => caller !== undefined);
    this.place = options.place;
    this.makeError = options.makeError;
    this.extend = options.extend;
    this.endsAt = Date.now() + totalMs;
    this.silenceMs = options.silenceMs ?? Number.POSITIVE_INFINITY;
    if (totalMs !== Number.POSITIVE_INFINITY) {
      this.totalTimer = later(totalMs, () => {
        this.controller.abort(
          this.makeError("timeout", `The request took longer than ${formatDuration(totalMs)}.`),
        );
      });
    }
    for (const caller of this.callers) caller.addEventListener("abort", this.cancel, { once: true });
    if (this.callers.some((caller) => caller.aborted)) this.cancel();
    else this.arm();
  }

  /** Milliseconds until the total limit. */
  remainingMs(): number {
    const silence = this.held ? Number.POSITIVE_INFINITY : this.silentSince + this.silenceMs;
    return Math.min(this.endsAt, silence) - Date.now();
  }

  /** Requires the server to answer within `silenceMs` from now, and from each `touch`. */
  expect(silenceMs: number): void {
    this.silenceMs = silenceMs;
    this.touch();
  }

  /** Suspends the silence limit until `touch` or `expect`, while the reader is busy. */
  hold(): void {
    this.held = true;
    clearTimeout(this.silenceTimer);
  }

  /** Something arrived: restarts the silence limit. */
  touch(): void {
    this.held = false;
    this.silentSince = Date.now();
    this.arm();
  }

  /** Extends the silence limit to at least `silenceMs`, from its last restart. */
  raiseTo(silenceMs: number): void {
    if (silenceMs <= this.silenceMs) return;
    this.silenceMs = silenceMs;
    this.arm();
  }

  /** Waits for `promise`; throws the reason if the call ends first. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    // A failure after that is irrelevant.
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

  /** Resolves after `ms`; throws the reason if the call ends first. */
  async pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => {
      timer = later(ms, resolve);
    });
    await this.until(over).finally(() => clearTimeout(timer));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.totalTimer);
    clearTimeout(this.silenceTimer);
    for (const caller of this.callers) caller.removeEventListener("abort", this.cancel);
  }

  private arm(): void {
    clearTimeout(this.silenceTimer);
    if (this.closed || this.held || this.signal.aborted || this.silenceMs === Number.POSITIVE_INFINITY)
      return;
    const left = this.silentSince + this.silenceMs - Date.now();
    this.silenceTimer = later(Math.max(0, left), () => void this.expire());
  }

  private async expire(): Promise<void> {
    const { extend } = this;
    this.extend = undefined;
    const longer = extend === undefined ? undefined : await extend().catch(() => undefined);
    if (this.closed || this.held || this.signal.aborted) return;
    if (longer !== undefined) this.raiseTo(longer);
    if (this.silentSince + this.silenceMs > Date.now()) {
      this.arm();
      return;
    }
    const duration = formatDuration(this.silenceMs);
    this.controller.abort(
      this.makeError("timeout", `No answer from ${this.place} within ${duration}. It may still have worked.`),
    );
  }

  private readonly cancel = (): void => {
    clearTimeout(this.totalTimer);
    clearTimeout(this.silenceTimer);
    const reason: unknown = this.callers.find((caller) => caller.aborted)?.reason;
    const { makeError } = this;
    this.controller.abort(
      reason instanceof FormworkError
        ? makeError(reason.code, reason.message, {
            cause: reason,
            retryAfterSeconds: reason.retryAfterSeconds,
          })
        : makeError("cancelled", "The call was cancelled.", { cause: reason }),
    );
  };
}

function later(ms: number, action: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(action, Math.min(ms, MAX_DELAY_MS));
}

function formatDuration(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${ms} ms`;
}
