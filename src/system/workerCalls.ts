import { parentPort, Worker, type WorkerOptions } from "node:worker_threads";
import { type ErrorBody, FormworkError, toFormworkError } from "../errors.js";

/** A message to the worker; without a key, there is no reply. */
interface Call {
  key: number;
  request: unknown;
}

interface Reply {
  key: number;
  answer?: unknown;
  error?: ErrorBody;
}

interface Pending {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
  keepsAlive: boolean;
}

export interface WorkerCallsOptions {
  /** The compiled file that the thread runs; it calls `answerCalls`. */
  entry: string;
  /** Milliseconds after which a running call counts as stuck; waiting for those before it does not count. */
  maxCallMs: number;
  /** Maximum heap of the thread in megabytes. */
  maxHeapMb: number;
  worker?: WorkerOptions;
}

/** The thread ended before it could answer: it was stuck, ran out of memory or crashed. */
export class WorkerFailure extends Error {
  /** Whether this call was running; others were waiting. */
  readonly isCulprit: boolean;

  constructor(reason: string, isCulprit: boolean) {
    super(reason);
    this.isCulprit = isCulprit;
  }
}

/**
 * Calls answered by a worker thread, one after the other. The thread starts with the first call and keeps the process alive only
 * while calls are pending. If it dies, or is terminated because it is stuck, all pending calls fail with `WorkerFailure`, and
 * the next call starts a new thread.
 */
export class WorkerCalls<Request, Answer> {
  private readonly options: WorkerCallsOptions;
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextKey = 1;
  private waiting = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: WorkerCallsOptions) {
    this.options = options;
  }

  /**
   * The answer to `request`. Throws the thread's `FormworkError`, or `WorkerFailure`. With `keepsAlive: false`, the process may end
   * before the answer arrives.
   */
  call(request: Request, { keepsAlive = true } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const worker = this.thread();
      const key = this.nextKey++;
      if (keepsAlive && this.waiting++ === 0) worker.ref();
      this.pending.set(key, { resolve, reject, keepsAlive });
      if (this.pending.size === 1) this.watch(worker);
      worker.postMessage({ key, request } satisfies Call);
    });
  }

  /** Sends a message that needs no answer, if there is a thread. */
  notify(request: Request): void {
    this.worker?.postMessage({ key: 0, request } satisfies Call);
  }

  /** Terminates the thread; pending calls fail. */
  async close(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    this.fail(worker, "it was closed");
    await worker.terminate();
  }

  private thread(): Worker {
    if (this.worker !== undefined) return this.worker;
    const { entry, maxHeapMb, worker: extra } = this.options;
    const worker = new Worker(entry, { ...extra, resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } });
    worker.unref();
    worker.on("message", (reply: Reply) => this.settle(worker, reply));
    worker.on("error", (error) => this.fail(worker, error.message));
    worker.on("exit", () => this.fail(worker, "it ended"));
    this.worker = worker;
    return worker;
  }

  /** The first of the pending calls begins to run. */
  private watch(worker: Worker): void {
    clearTimeout(this.timer);
    if (this.pending.size === 0) return;
    const { maxCallMs } = this.options;
    // A thread that keeps the process alive does so by itself.
    this.timer = setTimeout(() => this.fail(worker, `it took more than ${maxCallMs} ms`), maxCallMs).unref();
  }

  private settle(worker: Worker, { key, answer, error }: Reply): void {
    const pending = this.pending.get(key);
    if (pending === undefined || worker !== this.worker) return;
    this.pending.delete(key);
    this.watch(worker);
    if (pending.keepsAlive && --this.waiting === 0) worker.unref();
    if (error === undefined) pending.resolve(answer as never);
    else pending.reject(FormworkError.fromBody(error));
  }

  private fail(worker: Worker, reason: string): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    this.waiting = 0;
    clearTimeout(this.timer);
    void worker.terminate();
    const failed = [...this.pending.values()];
    this.pending.clear();
    failed.forEach(({ reject }, index) => {
      reject(new WorkerFailure(reason, index === 0));
    });
  }
}

/** The thread's side: answers each call with what `handle` returns or throws. */
export function answerCalls<Request>(handle: (request: Request) => unknown): void {
  parentPort?.on("message", async ({ key, request }: Call) => {
    const reply: Reply = { key };
    try {
      reply.answer = await handle(request as Request);
    } catch (thrown) {
      reply.error = toFormworkError(thrown).toBody();
    }
    if (key !== 0) parentPort?.postMessage(reply);
  });
}
