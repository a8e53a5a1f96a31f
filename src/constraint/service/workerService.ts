import { FormworkError } from "../../errors.js";
import type { Vocabulary } from "../index.js";
import { ConstraintWorker, type Task } from "./constraintWorker.js";
import { DistantDocument, succeeded, type Workers } from "./distantDocument.js";
import type { Reply, WorkerSetup } from "./messages.js";
import { packVocabulary } from "./packedVocabulary.js";
import type {
  CompileReport,
  ConstraintService,
  ConstraintSource,
  ServedMatcher,
  ServiceSettings,
  ServiceStatistics,
} from "./service.js";

export const DEFAULT_SERVICE_SETTINGS: ServiceSettings = {
  workers: 2,
  jobMs: 15_000,
  heapMb: 320,
  idleMs: 10_000,
  limits: { memoryBytes: 192 << 20, stepWork: 50_000_000 },
};

/** Maximum number of sources for which the compiling worker is remembered. */
const MAX_HOMES = 1024;

/** Longer texts are fingerprinted by this many of their characters. */
const TRACED_WHOLE = 512;

/** Milliseconds that an abandoned job may still take before its worker is terminated. */
const PATIENCE_MS = 20;

/** A document moves to another worker when its worker's job has taken this many milliseconds: compiling again may be faster. */
const WORTH_MOVING_MS = 250;

/** The service, with worker threads of this process. They start with the first job and end when idle. */
export class WorkerService implements ConstraintService, Workers {
  private readonly settings: ServiceSettings;
  private readonly vocabulary: Vocabulary;
  private setup: WorkerSetup | undefined;
  private readonly workers = new Set<ConstraintWorker>();
  /** The worker that last compiled a source, by the source's fingerprint, oldest first. */
  private readonly homes = new Map<string, ConstraintWorker>();
  private readonly keys = new WeakMap<ConstraintSource, string>();
  private nextMatcher = 1;
  private ended = 0;
  private closed = false;

  constructor(vocabulary: Vocabulary, settings: Partial<ServiceSettings> = {}) {
    this.vocabulary = vocabulary;
    this.settings = { ...DEFAULT_SERVICE_SETTINGS, ...settings };
  }

  async compile(source: ConstraintSource, signal?: AbortSignal): Promise<CompileReport> {
    const task = this.call(() => ({ type: "compile", source }), this.workerFor(source), signal);
    return (succeeded(await task) as Reply & { type: "compiled" }).report;
  }

  open(source: ConstraintSource): ServedMatcher {
    return new DistantDocument(this, source, this.nextMatcher++, this.vocabulary.maskWords);
  }

  statistics(): ServiceStatistics {
    let queued = 0;
    let active = 0;
    for (const worker of this.workers) {
      queued += worker.queue.length;
      if (worker.active !== undefined) active++;
    }
    return { workers: this.workers.size, queued, active, ended: this.ended };
  }

  /** CPU time of the current workers in milliseconds. */
  cpuMs(): number {
    let sum = 0;
    for (const { cpuMs } of this.workers) sum += cpuMs;
    return sum;
  }

  /** Number of busy workers. */
  busy(): number {
    let count = 0;
    for (const { isBusy } of this.workers) if (isBusy) count++;
    return count;
  }

  async close(): Promise<void> {
    this.closed = true;
    const error = new FormworkError("engine_unavailable", "The constraint service is closed.");
    for (const worker of [...this.workers]) {
      for (const { reject } of worker.queue.splice(0)) reject(error);
      worker.end(error);
    }
  }

  /**
   * The worker that has compiled `source`, if it is idle or soon will be; otherwise an idle worker, a new one, or the one with
   * the shortest queue.
   */
  workerFor(source: ConstraintSource, home = this.homes.get(this.keyOf(source))): ConstraintWorker {
    if (this.closed) throw new FormworkError("engine_unavailable", "The constraint service is closed.");
    if (home !== undefined && this.workers.has(home) && home.busyMs < WORTH_MOVING_MS) return home;
    const best = this.leastLoaded();
    this.homes.set(this.keyOf(source), best);
    const oldest = this.homes.keys().next().value;
    if (this.homes.size > MAX_HOMES && oldest !== undefined) this.homes.delete(oldest);
    return best;
  }

  /** A job's reply. When `signal` aborts, the job is removed, or terminated with its worker if it does not end on its own. */
  call(job: Task["job"], worker: ConstraintWorker, signal?: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const leave = () => {
        reject(cancelled());
        const at = worker.queue.indexOf(task);
        if (at >= 0) worker.queue.splice(at, 1);
        else setTimeout(() => worker.active === task && worker.end(cancelled()), PATIENCE_MS).unref();
      };
      const task: Task = {
        job,
        resolve: (reply) => {
          signal?.removeEventListener("abort", leave);
          resolve(reply);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      worker.push(task);
    });
  }

  private leastLoaded(): ConstraintWorker {
    let best: ConstraintWorker | undefined;
    for (const worker of this.workers) if (best === undefined || worker.load < best.load) best = worker;
    if (best === undefined || (best.load > 0 && this.workers.size < this.settings.workers))
      return this.start();
    return best;
  }

  private keyOf(source: ConstraintSource): string {
    let key = this.keys.get(source);
    if (key === undefined) {
      key = traceOf(source);
      this.keys.set(source, key);
    }
    return key;
  }

  private start(): ConstraintWorker {
    this.setup ??= { vocabulary: packVocabulary(this.vocabulary), limits: this.settings.limits };
    const worker = new ConstraintWorker(this.setup, this.settings, (gone, atWork) => this.bury(gone, atWork));
    this.workers.add(worker);
    return worker;
  }

  /** Jobs that waited for a terminated worker move to another one: they did not cause the termination. */
  private bury(gone: ConstraintWorker, atWork: boolean): void {
    this.workers.delete(gone);
    for (const [key, worker] of this.homes) if (worker === gone) this.homes.delete(key);
    if (atWork) this.ended++;
    for (const task of gone.queue.splice(0)) this.leastLoaded().push(task);
  }
}

/**
 * A fingerprint of a source. A collision only selects a worker that has not compiled the source. Hashing a long schema as a whole
 * would take milliseconds of the decode thread.
 */
function traceOf(source: ConstraintSource): string {
  return JSON.stringify(source, (_name, value: unknown) => {
    if (typeof value !== "string" || value.length <= TRACED_WHOLE) return value;
    let trace = `${value.length}:`;
    const step = value.length / TRACED_WHOLE;
    for (let i = 0; i < TRACED_WHOLE; i++) trace += value.charAt(Math.floor(i * step));
    return trace + value.slice(-TRACED_WHOLE);
  });
}

function cancelled(): FormworkError {
  return new FormworkError("cancelled", "The request was cancelled.");
}
