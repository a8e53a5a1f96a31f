import { Worker } from "node:worker_threads";
import { FormworkError, LimitError, type LimitName } from "../../errors.js";
import { compiledEntry, threadCpuMs } from "../../system/index.js";
import type { Job, ReadyMessage, Reply, StartedMessage, WorkerMessage, WorkerSetup } from "./messages.js";
import type { ServiceSettings } from "./service.js";

/** A job of a worker, and its caller. `job` is built when the worker gets to it. */
export interface Task {
  job: (worker: ConstraintWorker) => Job;
  resolve: (reply: Reply) => void;
  reject: (error: FormworkError) => void;
}

/** Maximum start-up time of a thread in milliseconds. */
const START_MS = 60_000;

/** One thread, which processes jobs in order of arrival. The first job that exceeds a limit terminates it. */
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

  /** `onEnd`: the thread has ended, busy or not; the jobs left in `queue` have to be done elsewhere. */
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

  /** Whether it is busy or starting. */
  get isBusy(): boolean {
    return !this.isReady || this.active !== undefined;
  }

  /** Milliseconds spent on the current job. */
  get busyMs(): number {
    return this.active === undefined ? 0 : performance.now() - this.startedAt;
  }

  /** CPU time of the thread in milliseconds; 0 if the system does not report it. */
  get cpuMs(): number {
    return threadCpuMs(this.systemId);
  }

  push(task: Task): void {
    this.queue.push(task);
    this.next();
  }

  send(message: WorkerMessage): void {
    this.worker.postMessage(message);
  }

  /** Terminates the thread; the current job fails with `error`. */
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

  /** The thread has loaded its program and prepared the vocabulary. */
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
