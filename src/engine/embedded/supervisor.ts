import { FormworkError } from "../../errors.js";
import { endOfLife, type ProcessEnd } from "../../system/index.js";
import type { EngineStatus, WarmupReport } from "../engine.js";
import type { LoadSettings, NormalisedOptions } from "../options/index.js";
import { EngineProcess } from "../process/engineProcess.js";
import type { ChildMessage, EngineFacts, ParentMessage } from "../process/messages.js";
import { RestartPauses } from "./restartPauses.js";

export interface SupervisorListener {
  message(message: ChildMessage): void;
  /** All running requests are lost with the process: the reason, and when to retry. `crashed`: it was not terminated. */
  lost(error: FormworkError, crashed: boolean): void;
}

/** Number of consecutive crashes while loading after which the engine is `failed` until the next request. */
const HOPELESS = 3;
/**
 * The watchdog: a ready process is pinged periodically, whether busy or not; one that leaves this many pings unanswered is stuck.
 * Pings are counted instead of time, so that a suspended machine does not kill the process.
 */
export const WATCH = { everyMs: 5000, unanswered: 12 };
/** How a process that the watchdog killed ended. */
const STUCK = "it no longer responded";

/**
 * Manages one engine process: starts it on demand, restarts it with growing pauses when it dies, and stops it on request. Knows the
 * state at any time without asking the process.
 */
export class Supervisor {
  private readonly entry: string;
  private readonly settings: LoadSettings;
  private readonly log: NormalisedOptions["log"];
  private readonly listener: SupervisorListener;
  private process: EngineProcess | undefined;
  private state: EngineStatus["state"] = "idle";
  private stage: string | undefined;
  private progress: number | undefined;
  private failure: FormworkError | undefined;
  private failedAt = 0;
  /** The process is being killed by the watchdog. */
  private isStuck = false;
  private startedAt = 0;
  private loadMs = 3000;
  private readonly pauses = new RestartPauses();
  private crashedWhileLoading = 0;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly waiters: { resolve: (report: WarmupReport) => void; reject: (error: Error) => void }[] =
    [];
  private stopping: Promise<void> | undefined;
  private closed = false;
  /** Unanswered pings. */
  private unanswered = 0;
  private readonly watch: typeof WATCH;
  private readonly watchTimer: NodeJS.Timeout;
  /** Messages queued until the process starts. */
  private readonly unsent: ParentMessage[] = [];
  private holding = false;
  restarts = 0;
  facts: EngineFacts | undefined;
  report: WarmupReport | undefined;

  constructor(
    entry: string,
    settings: LoadSettings,
    log: NormalisedOptions["log"],
    listener: SupervisorListener,
    watch = WATCH,
  ) {
    this.watch = watch;
    this.entry = entry;
    this.settings = settings;
    this.log = log;
    this.listener = listener;
    this.watchTimer = setInterval(() => this.askForLife(), watch.everyMs).unref();
  }

  status(model: string): EngineStatus {
    const loading = this.state === "loading";
    return {
      state: this.state,
      model: this.facts?.model ?? model,
      modelLoaded: this.state === "ready",
      ...(this.facts === undefined ? {} : { contextLength: this.facts.contextLength }),
      ...(loading && this.stage !== undefined ? { stage: this.stage } : {}),
      ...(loading && this.progress !== undefined ? { progress: this.progress } : {}),
      ...(this.failure === undefined || this.state === "ready" ? {} : { error: this.failure.message }),
      ...(this.state === "ready" ? {} : { retryAfterSeconds: this.retryAfterSeconds() }),
    };
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Starts the process unless it runs; `send` may follow immediately. Throws the error of a load that failed recently. */
  ensureStarted(): void {
    if (this.closed) throw new FormworkError("engine_unavailable", "The engine is closed.");
    if (this.process !== undefined || this.restartTimer !== undefined || this.stopping !== undefined) return;
    if (this.failure !== undefined && this.state === "failed" && performance.now() - this.failedAt < 1000) {
      throw this.failure;
    }
    this.start();
  }

  /** Resolves when a process is ready. */
  ready(): Promise<WarmupReport> {
    if (this.state === "ready") return Promise.resolve({ ...this.report!, loadMs: 0 });
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      try {
        this.ensureStarted();
      } catch (error) {
        this.rejectWaiters(error as FormworkError);
      }
    });
  }

  send(message: ParentMessage): void {
    if (this.process === undefined) this.unsent.push(message);
    else this.process.send(message);
  }

  /** While held, the process keeps the event loop alive. */
  hold(holding: boolean): void {
    this.holding = holding;
    if (holding) {
      this.process?.hold();
      this.restartTimer?.ref();
    } else {
      this.process?.release();
      this.restartTimer?.unref();
    }
  }

  /** Ends the process; its resources are free when this resolves. */
  async stop(): Promise<void> {
    clearTimeout(this.restartTimer);
    this.restartTimer = undefined;
    if (this.stopping !== undefined) return this.stopping;
    const { process } = this;
    if (process === undefined) {
      if (this.state !== "failed") this.state = "idle";
      return;
    }
    this.process = undefined;
    this.state = "idle";
    this.stage = undefined;
    this.stopping = process.stop();
    await this.stopping;
    this.stopping = undefined;
    if (this.unsent.length > 0 && !this.closed) this.start();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.watchTimer);
    this.rejectWaiters(new FormworkError("engine_unavailable", "The engine was closed."));
    await this.stop();
  }

  private start(): void {
    this.state = "loading";
    this.stage = "process";
    this.progress = undefined;
    this.startedAt = performance.now();
    const process: EngineProcess = new EngineProcess(this.entry, {
      message: (message) => {
        if (this.process === process) this.hear(message);
      },
      exit: (end) => {
        if (this.process === process) this.crashed(end);
      },
    });
    this.process = process;
    this.unanswered = 0;
    this.isStuck = false;
    if (this.holding || this.waiters.length > 0) process.hold();
    process.send({ type: "load", settings: this.settings });
    for (const message of this.unsent.splice(0)) process.send(message);
  }

  private hear(message: ChildMessage): void {
    this.unanswered = 0;
    if (message.type === "stage") {
      this.stage = message.stage;
      this.progress = message.progress;
    } else if (message.type === "ready") {
      this.becomeReady(message.facts, message.stages);
    } else if (message.type === "failed") {
      this.becomeFailed(FormworkError.fromBody(message.error));
    } else if (message.type === "log") {
      this.log(message.event, message.fields);
      return;
    } else if (message.type === "events" && message.events.some(({ type }) => type === "finish")) {
      this.pauses.answered();
    }
    this.listener.message(message);
  }

  private becomeReady(facts: EngineFacts, inside: Record<string, number>): void {
    const total = performance.now() - this.startedAt;
    const counted = Object.values(inside).reduce((sum, time) => sum + time, 0);
    const stages = { process: Math.max(total - counted, 0), ...inside };
    this.state = "ready";
    this.stage = undefined;
    this.failure = undefined;
    this.crashedWhileLoading = 0;
    this.loadMs = total;
    this.facts = facts;
    this.report = { model: facts.model, loadMs: total, stages };
    this.log("engine_ready", { model: facts.model, pid: this.pid, loadMs: Math.round(total), stages });
    for (const { resolve } of this.waiters.splice(0)) resolve(this.report);
    if (!this.holding) this.process?.release();
  }

  /** Loading failed for a reason such as a missing model or memory. The next request tries again. */
  private becomeFailed(error: FormworkError): void {
    this.log("engine_failed", { code: error.code, message: error.message });
    const { process } = this;
    this.process = undefined;
    process?.kill();
    this.state = "failed";
    this.failure = error;
    this.failedAt = performance.now();
    this.rejectWaiters(error);
    this.listener.lost(error, false);
  }

  private crashed(end: ProcessEnd): void {
    const loading = this.state === "loading";
    this.process = undefined;
    this.crashedWhileLoading = loading ? this.crashedWhileLoading + 1 : 0;
    const pause = this.pauses.afterFailure();
    this.log("engine_crashed", { ...end, loading, pauseMs: pause, crashes: this.pauses.inARow });
    this.state = "loading";
    this.stage = "process";
    if (this.crashedWhileLoading >= HOPELESS) {
      const error = new FormworkError(
        "engine_unavailable",
        `The engine process ended ${HOPELESS} times while loading; the last time ${endOfLife(end)}.`,
        { retryAfterSeconds: 5 },
      );
      this.crashedWhileLoading = 0;
      this.becomeFailed(error);
      return;
    }
    const error = new FormworkError(
      "engine_unavailable",
      `The engine process ended and is being restarted: ${this.isStuck ? STUCK : endOfLife(end)}.`,
      { retryAfterSeconds: Math.ceil((pause + this.loadMs) / 1000) },
    );
    this.failure = error;
    this.listener.lost(error, true);
    this.restartTimer = setTimeout(() => {
      this.restartTimer = undefined;
      this.restarts++;
      this.start();
    }, pause);
    if (!this.holding && this.waiters.length === 0) this.restartTimer.unref();
  }

  /** Kills a stuck process; its requests fail, and another one is started. */
  private askForLife(): void {
    if (this.state !== "ready" || this.process === undefined) return;
    if (this.unanswered >= this.watch.unanswered) {
      this.log("engine_stuck", { unanswered: this.unanswered, pid: this.pid });
      this.isStuck = true;
      this.process.kill();
      return;
    }
    this.unanswered++;
    this.process.send({ type: "ping" });
  }

  private retryAfterSeconds(): number {
    if (this.state !== "loading") return Math.ceil(this.loadMs / 1000);
    return Math.max(1, Math.ceil((this.loadMs - (performance.now() - this.startedAt)) / 1000));
  }

  private rejectWaiters(error: Error): void {
    for (const { reject } of this.waiters.splice(0)) reject(error);
  }
}
