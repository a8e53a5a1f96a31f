import { FormworkError } from "../errors.js";
import type { MakeError } from "./failures.js";

/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export interface TimeLimitOptions {
  /** Milliseconds that the call may take in all. Default: no limit. */
  totalMs?: number | undefined;
  /** Milliseconds within which the server has to answer, from now. Default: none until `expect`. */
  silenceMs?: number | undefined;
  /** The signals of those who may cancel the call. */
  signals: readonly (AbortSignal | undefined)[];
  /** Called once, when the server was silent for too long: a longer limit where there is a reason to wait on. */
  extend?: (() => Promise<number | undefined>) | undefined;
  /** Whom the call is to, for messages. */
  place: string;
  makeError: MakeError;
}

/**
 * How long one call may take: in all, and without a word from the server. `signal` aborts when either time is up or a
 * caller gives up; its reason is the error to throw. `close` must follow.
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

  /** Milliseconds until the call ends for lack of time. */
  remainingMs(): number {
    const silence = this.held ? Number.POSITIVE_INFINITY : this.silentSince + this.silenceMs;
    return Math.min(this.endsAt, silence) - Date.now();
  }

  /** The server has to answer within `silenceMs` from now, and from each `touch` on. */
  expect(silenceMs: number): void {
    this.silenceMs = silenceMs;
    this.touch();
  }

  /** Nothing is expected of the server until `touch` or `expect`: the reader is at work. */
  hold(): void {
    this.held = true;
    clearTimeout(this.silenceTimer);
  }

  /** Something arrived: the server's time runs from now. */
  touch(): void {
    this.held = false;
    this.silentSince = Date.now();
    this.arm();
  }

  /** The server has at least `silenceMs`, from when its time began to run. */
  raiseTo(silenceMs: number): void {
    if (silenceMs <= this.silenceMs) return;
    this.silenceMs = silenceMs;
    this.arm();
  }

  /** Waits for `promise`; throws the reason when the call ends before. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    // Once nobody waits for it, its failure is nobody's concern.
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

  /** Resolves after `ms`; throws the reason when the call ends before. */
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
