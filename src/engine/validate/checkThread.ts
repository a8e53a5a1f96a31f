import { Worker } from "node:worker_threads";
import type { FormworkError } from "../../errors.js";
import { compiledEntry, lowerPriority, threadCpuMs } from "../../system/index.js";
import type { CheckAnswer, CheckJob, CheckMessage } from "./worker.js";

export interface Job extends CheckJob {
  /** Identifies the schema. */
  name: string;
  resolve: (answer: CheckAnswer) => void;
  reject: (error: FormworkError) => void;
  /** Whether nobody waits, so that the process may end before it. */
  idle: boolean;
}

export interface CheckThreadListener {
  /** The thread has loaded, or has finished a job. */
  free(thread: CheckThread): void;
  failed(thread: CheckThread, error: Error): void;
  /** The thread is over, whoever ended it. */
  ended(thread: CheckThread): void;
  /** A long job has lowered the thread's priority. */
  lowered(): void;
  /** A job has exceeded `jobMs`. */
  late(thread: CheckThread, job: Job): void;
}

/** Maximum old space of a thread in megabytes. */
const HEAP_MB = 1024;
/** Maximum number of schemas recorded as compiled in a thread. */
const KNOWN_SCHEMAS = 1024;
/** CPU milliseconds of a job after which it lets others go first; nearly all jobs take less. */
const UNHURRIED_MS = 100;

/** One thread of the validator. It takes one job at a time, whose time only counts from when the thread has loaded. */
export class CheckThread {
  /** Start of its latest job; infinite before the first one. */
  startedAt = Number.POSITIVE_INFINITY;
  /**
   * Whether a long job has lowered its priority, so that model and other checks go first. As it cannot be raised again, the thread is
   * then for schemas that it has compiled.
   */
  isLowered = false;
  private readonly worker: Worker;
  private readonly jobMs: number;
  private readonly listener: CheckThreadListener;
  private readonly schemas = new Set<string>();
  private isLoaded = false;
  private systemId: number | undefined;
  private current: Job | undefined;
  /** CPU time of the thread before its job. */
  private cpuBefore = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(jobMs: number, listener: CheckThreadListener) {
    this.jobMs = jobMs;
    this.listener = listener;
    this.worker = new Worker(compiledEntry(import.meta.url, "./worker.js"), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.worker.unref();
    this.worker.on("message", (message: CheckMessage) => this.hear(message));
    this.worker.on("error", (error) => listener.failed(this, error));
    this.worker.on("exit", () => listener.ended(this));
  }

  get job(): Job | undefined {
    return this.current;
  }

  /** Whether it has compiled this schema. */
  knows(name: string): boolean {
    return this.schemas.has(name);
  }

  start(job: Job): void {
    clearTimeout(this.timer);
    this.current = job;
    if (this.isLoaded) this.startTimer(job);
    // A document waiting for its verdict keeps the process alive; a schema being prepared does not.
    if (!job.idle) this.worker.ref();
    const { key, source, text } = job;
    this.worker.postMessage({ key, source, ...(text === undefined ? {} : { text }) } satisfies CheckJob);
  }

  /** Replaces what the thread is timed for: calls `then` after `milliseconds`, unless a job starts or ends before. */
  after(milliseconds: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, milliseconds).unref();
  }

  /** Terminates the thread, whatever it does. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    await this.worker.terminate();
  }

  private hear(message: CheckMessage): void {
    if ("ready" in message) {
      this.isLoaded = true;
      this.systemId = message.systemId;
      if (this.current !== undefined) this.startTimer(this.current);
      this.listener.free(this);
      return;
    }
    const job = this.current;
    if (job === undefined || job.key !== message.key) return;
    clearTimeout(this.timer);
    this.current = undefined;
    this.worker.unref();
    this.schemas.add(job.name);
    if (this.schemas.size > KNOWN_SCHEMAS) this.schemas.clear();
    job.resolve(message);
    this.listener.free(this);
  }

  private startTimer(job: Job): void {
    this.startedAt = performance.now();
    this.cpuBefore = threadCpuMs(this.systemId);
    this.watch(job);
  }

  private watch(job: Job): void {
    const left = this.startedAt + this.jobMs - performance.now();
    const isLast = this.isLowered || left <= UNHURRIED_MS;
    const look = () => {
      if (isLast) return this.listener.late(this, job);
      if (threadCpuMs(this.systemId) - this.cpuBefore >= UNHURRIED_MS) this.lower();
      this.watch(job);
    };
    this.timer = setTimeout(look, isLast ? Math.max(left, 0) : UNHURRIED_MS);
    if (job.idle) this.timer.unref();
  }

  private lower(): void {
    lowerPriority(this.systemId);
    this.isLowered = true;
    this.listener.lowered();
  }
}
