import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { FormworkError, LimitError, type LimitName } from "../../errors.js";
import { compiledEntry } from "../../system/index.js";
import type { Job, ReadyMessage, Reply, StartedMessage, WorkerMessage, WorkerSetup } from "./messages.js";
import type { ServiceSettings } from "./service.js";

/** A job of a worker, and who waits for it. `job` is made when the worker comes to it. */
export interface Task {
  job: (worker: ConstraintWorker) => Job;
  resolve: (reply: Reply) => void;
  reject: (error: FormworkError) => void;
}

/** Milliseconds that a thread may take until it is ready. */
const START_MS = 60_000;

/** One thread: jobs one after the other, in the order they came. Ended by the first job that exceeds a limit. */
export class ConstraintWorker {
  readonly queue: Task[] = [];
  active: Task | undefined;
  private readonly worker: Worker;
  private readonly settings: ServiceSettings;
  private readonly onEnd: (worker: ConstraintWorker, atWork: boolean) => void;
  private timer: NodeJS.Timeout | undefined;
  private systemId: number | undefined;
  private isReady = false;
  private isEnded = false;
  private startedAt = 0;

  /** `onEnd`: the thread is gone, at work or not; what still waits in `queue` is to be done elsewhere. */
  constructor(setup: WorkerSetup, settings: ServiceSettings, onEnd: ConstraintWorker["onEnd"]) {
    this.settings = settings;
    this.onEnd = onEnd;
    this.worker = new Worker(compiledEntry(import.meta.url, "./worker.js"), {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: settings.heapMb },
    });
    this.worker.unref();
    this.worker.on("message", (message: Reply | ReadyMessage | StartedMessage) => {
      if (message.type === "started") this.systemId = message.systemId;
      else if (message.type === "ready") this.begin();
      else this.settle(message);
    });
    this.worker.on("error", (error: NodeJS.ErrnoException) => this.end(failureOf(error, settings)));
    this.worker.on("exit", () => this.end(ended()));
    this.timer = setTimeout(() => this.end(ended()), START_MS).unref();
  }

  get load(): number {
    return this.queue.length + (this.active === undefined ? 0 : 1);
  }

  /** Whether it is at work, or on the way to be. */
  get isBusy(): boolean {
    return !this.isReady || this.active !== undefined;
  }

  /** Milliseconds that the job under way has taken. */
  get busyMs(): number {
    return this.active === undefined ? 0 : performance.now() - this.startedAt;
  }

  /** Milliseconds of the processor that the thread has used so far; 0 where the system does not say. */
  get cpuMs(): number {
    if (this.systemId === undefined) return 0;
    try {
      // Nanoseconds on a processor, nanoseconds in wait of one, turns.
      return Number.parseInt(readFileSync(`/proc/self/task/${this.systemId}/schedstat`, "utf8"), 10) / 1e6;
    } catch {
      return 0;
    }
  }

  push(task: Task): void {
    this.queue.push(task);
    this.next();
  }

  send(message: WorkerMessage): void {
    this.worker.postMessage(message);
  }

  /** Ends the thread; the job under way fails with `error`. */
  end(error: FormworkError): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    void this.worker.terminate();
    const { active } = this;
    this.active = undefined;
    this.onEnd(this, active !== undefined);
    active?.reject(error);
  }

  /** The thread has read its program and made the vocabulary ready. */
  private begin(): void {
    this.isReady = true;
    this.next();
  }

  private next(): void {
    if (!this.isReady || this.active !== undefined || this.isEnded) return;
    const task = this.queue.shift();
    clearTimeout(this.timer);
    if (task === undefined) {
      this.worker.unref();
      this.rest();
      return;
    }
    this.active = task;
    this.worker.ref();
    const { jobMs } = this.settings;
    this.timer = setTimeout(() => this.end(limitError("compileMs", `${jobMs} ms`)), jobMs);
    this.startedAt = performance.now();
    this.send(task.job(this));
  }

  private settle(reply: Reply): void {
    const { active } = this;
    this.active = undefined;
    clearTimeout(this.timer);
    active?.resolve(reply);
    this.next();
  }

  private rest(): void {
    this.timer = setTimeout(() => this.end(ended()), this.settings.idleMs).unref();
  }
}

function failureOf(error: NodeJS.ErrnoException, { heapMb }: ServiceSettings): FormworkError {
  if (error.code === "ERR_WORKER_OUT_OF_MEMORY")
    return limitError("memoryBytes", `${heapMb} MB of its thread`);
  return new FormworkError("internal", `The thread of the constraint ended: ${error.message}`, {
    cause: error,
  });
}

function limitError(limit: LimitName, allowance: string): LimitError {
  return new LimitError(limit, `The schema costs more than the limit ${limit} allows (${allowance}).`);
}

function ended(): FormworkError {
  return new FormworkError("engine_unavailable", "The thread of the constraint was ended.", {
    retryAfterSeconds: 1,
  });
}
