import { createHash } from "node:crypto";
import { FormworkError, SchemaError } from "../../errors.js";
import { toDocumentTexts, toSchemaText, writeJson } from "../../json/index.js";
import { nextTurn } from "../../system/index.js";
import type { JsonSchema, SchemaSource, SchemaText } from "../../types.js";
import { CheckThread, type CheckThreadListener, type Job } from "./checkThread.js";
import type { Verdict } from "./judge.js";
import type { CheckAnswer, CheckJob } from "./worker.js";

export interface ValidatorLimits {
  /** Maximum number of threads; another one starts when all have been busy for a while. */
  workers: number;
  /** Maximum time of compiling a schema or validating a document in milliseconds, from its start. */
  jobMs: number;
  /** Milliseconds that an abandoned job continues. */
  abandonedMs: number;
}

const DEFAULT_LIMITS: ValidatorLimits = { workers: 4, jobMs: 10_000, abandonedMs: 200 };

/** Milliseconds that a job waits for a busy thread before another thread is started for it. */
const PATIENCE_MS = 50;
/** Maximum number of schemas whose compilation is remembered. */
const KNOWN_SCHEMAS = 1024;
/** Characters of a schema hashed at once, which takes about half a millisecond. */
const NAMED_AT_ONCE = 64 * 1024;
/** Idle milliseconds after which an additional thread is terminated. */
const FURTHER_THREAD_MS = 10_000;
/** Milliseconds for which a schema that took too long to compile is not retried. */
const TIMEOUT_KEPT_MS = 60_000;

/** A schema being compiled, or compiled, with the number of waiting callers. */
interface Preparation {
  ready: Promise<void>;
  leave: AbortController;
  waiting: number;
  settled: boolean;
}

/**
 * The independent validator, in worker threads, so that neither a large schema nor a runaway pattern blocks the event loop. Each job has a
 * time limit. A job that exceeds it is terminated with its thread; only its request gets `validation_timeout`, and the jobs after it
 * continue in another thread. A job that computes for long yields the CPU to everybody else. Cancelling removes a waiting job.
 */
export class DocumentValidator {
  private readonly limits: ValidatorLimits;
  private readonly threads = new Set<CheckThread>();
  private readonly queue: Job[] = [];
  private readonly preparations = new Map<string, Preparation>();
  private readonly names = new WeakMap<SchemaSource, string>();
  private nextKey = 1;
  private patience: NodeJS.Timeout | undefined;

  constructor(limits: Partial<ValidatorLimits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * Compiles the schema while the document is generated. Rejects with `unsupported_schema` if no validator can compile it,
   * `validation_timeout` or `cancelled`. A schema prepared before is ready immediately; one that all callers have cancelled is dropped.
   */
  async prepare(source: SchemaSource, signal?: AbortSignal): Promise<void> {
    const name = await this.nameOf(source);
    const preparation = this.preparations.get(name) ?? this.begin(source, name);
    if (preparation.settled || signal === undefined) return await preparation.ready;
    preparation.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(reasonOf(signal));
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
    });
    try {
      await Promise.race([preparation.ready, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--preparation.waiting === 0 && !preparation.settled) {
        this.preparations.delete(name);
        preparation.leave.abort();
      }
    }
  }

  private begin(source: SchemaSource, name: string): Preparation {
    const leave = new AbortController();
    const ready = this.ask({ source }, name, leave.signal).then(() => {});
    const preparation: Preparation = { ready, leave, waiting: 0, settled: false };
    const forget = () => {
      if (this.preparations.get(name) === preparation) this.preparations.delete(name);
    };
    ready.then(
      () => {
        preparation.settled = true;
      },
      ({ code }: FormworkError) => {
        preparation.settled = true;
        if (code === "validation_timeout") setTimeout(forget, TIMEOUT_KEPT_MS).unref();
        else if (code !== "unsupported_schema") forget();
      },
    );
    this.preparations.set(name, preparation);
    const oldest = this.preparations.keys().next().value;
    if (this.preparations.size > KNOWN_SCHEMAS && oldest !== undefined) this.preparations.delete(oldest);
    return preparation;
  }

  /** Rejects with `unsupported_schema`, `validation_timeout` or `cancelled`. */
  async check(source: SchemaSource, text: string, signal?: AbortSignal): Promise<Verdict> {
    return (await this.ask({ source, text }, await this.nameOf(source), signal)).verdict!;
  }

  /** A short key for a schema of any length. A long one is hashed in pieces, between which other work can run. */
  private async nameOf(source: SchemaSource): Promise<string> {
    const known = this.names.get(source);
    if (known !== undefined) return known;
    const { schemaText, documents } = source;
    const text = documents === undefined ? schemaText : JSON.stringify([schemaText, documents]);
    const digest = createHash("sha256");
    for (let at = 0; at < text.length; at += NAMED_AT_ONCE) {
      if (at > 0) await nextTurn();
      digest.update(text.slice(at, at + NAMED_AT_ONCE), "utf16le");
    }
    const name = digest.digest("base64");
    this.names.set(source, name);
    return name;
  }

  async close(): Promise<void> {
    clearTimeout(this.patience);
    const ended = [...this.threads].map((thread) => this.end(thread, closed()));
    for (const job of this.queue.splice(0)) job.reject(closed());
    await Promise.all(ended);
  }

  private ask(
    { source, text }: Omit<CheckJob, "key">,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<CheckAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(reasonOf(signal));
      const job: Job = {
        key: this.nextKey++,
        source,
        ...(text === undefined ? {} : { text }),
        name,
        idle: text === undefined,
        resolve: (answer) => {
          signal?.removeEventListener("abort", leave);
          if (answer.failure === undefined) resolve(answer);
          else reject(errorOf(answer.failure));
        },
        reject: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      const leave = () => {
        reject(reasonOf(signal));
        this.abandon(job);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.queue.push(job);
      this.assign();
    });
  }

  /** Assigns waiting jobs to free threads, preferring those that have compiled the schema. */
  private assign(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    while (this.queue.length > 0) {
      const job = this.queue[0];
      const free = [...this.threads].filter((thread) => thread.job === undefined);
      const thread =
        free.find((one) => one.knows(job.name)) ??
        free.find(({ isLowered }) => !isLowered) ??
        this.further(free[0]);
      if (thread === undefined) return;
      this.queue.shift();
      thread.start(job);
    }
  }

  /**
   * Starts another thread if all of normal priority have been busy for long enough, in place of `spare`, which has a lower one, where
   * the limit requires it; otherwise the job waits.
   */
  private further(spare: CheckThread | undefined): CheckThread | undefined {
    const isFull = this.threads.size >= this.limits.workers;
    if (isFull && spare === undefined) return undefined;
    const normal = [...this.threads].filter(({ isLowered }) => !isLowered);
    const latest = Math.max(...normal.map(({ startedAt }) => startedAt));
    const waitMs = latest + PATIENCE_MS - performance.now();
    if (normal.length === 0 || waitMs <= 0) {
      if (isFull) this.retire(spare!);
      return this.open();
    }
    // If one is still loading, its first job determines when to check again.
    if (waitMs < Number.POSITIVE_INFINITY) this.patience = setTimeout(() => this.assign(), waitMs);
    return undefined;
  }

  private open(): CheckThread {
    const listener: CheckThreadListener = {
      free: (thread) => this.settle(thread),
      failed: (thread, error) => void this.end(thread, dead(error)),
      ended: (thread) => void this.end(thread, gone()),
      lowered: () => this.replace(),
      late: (thread, job) => void this.end(thread, tooLong(job, this.limits.jobMs)),
    };
    const thread = new CheckThread(this.limits.jobMs, listener);
    this.threads.add(thread);
    return thread;
  }

  /** Starts a thread of normal priority if there is none, so that the next job does not wait for it to load. */
  private replace(): void {
    if (this.threads.size >= this.limits.workers) return;
    if ([...this.threads].every(({ isLowered }) => isLowered)) this.open();
  }

  private settle(thread: CheckThread): void {
    this.assign();
    if (thread.job !== undefined || this.threads.size === 1) return;
    thread.after(FURTHER_THREAD_MS, () => {
      if (this.threads.size > 1) this.retire(thread);
    });
  }

  /** Terminates a free thread. */
  private retire(thread: CheckThread): void {
    this.threads.delete(thread);
    void thread.end();
  }

  /** Terminates a thread; its current job fails with `error`. */
  private async end(thread: CheckThread, error: FormworkError): Promise<void> {
    if (!this.threads.delete(thread)) return;
    thread.job?.reject(error);
    this.assign();
    await thread.end();
  }

  /** Abandons a job: it is not started, or terminated soon. */
  private abandon(job: Job): void {
    const at = this.queue.indexOf(job);
    if (at >= 0) {
      this.queue.splice(at, 1);
      return;
    }
    for (const thread of this.threads) {
      if (thread.job !== job) continue;
      thread.after(this.limits.abandonedMs, () => void this.end(thread, cancelled()));
    }
  }
}

function errorOf(message: string): FormworkError {
  return new SchemaError(
    "unsupported_schema",
    `The schema cannot be checked independently, so documents of it are not handed out: ${message}`,
    "",
  );
}

function tooLong({ text }: Job, jobMs: number): FormworkError {
  const what = text === undefined ? "Compiling the schema for the check at the end" : "Checking the document";
  return new FormworkError(
    "validation_timeout",
    `${what} took more than ${jobMs} ms. Simplify the schema's patterns, or split the schema.`,
  );
}

function dead(cause: Error): FormworkError {
  return new FormworkError("validation_timeout", `The check of the document was ended: ${cause.message}`, {
    cause,
  });
}

/** No fault of the job: the thread was ended from outside. */
function gone(): FormworkError {
  return new FormworkError("engine_unavailable", "The thread that checks documents has ended. Try again.", {
    retryAfterSeconds: 1,
  });
}

/** The caller's reason for cancelling. */
function reasonOf(signal: AbortSignal | undefined): FormworkError {
  return signal?.reason instanceof FormworkError ? signal.reason : cancelled();
}

function cancelled(): FormworkError {
  return new FormworkError("cancelled", "The request was cancelled.");
}

function closed(): FormworkError {
  return new FormworkError("engine_unavailable", "The validator was closed.");
}

let shared: DocumentValidator | undefined;

/** The validator of this process; its threads start with the first schema and do not keep the process alive. */
export function sharedValidator(): DocumentValidator {
  shared ??= new DocumentValidator();
  return shared;
}

/**
 * Validates `document` (JSON text or a value) with `schema` (a value or JSON text), using the independent validator. `documents`:
 * documents that the schema refers to, by absolute URI.
 */
export async function validateDocument(
  schema: JsonSchema | SchemaText,
  document: unknown,
  documents?: Readonly<Record<string, JsonSchema | SchemaText>>,
): Promise<Verdict> {
  const text = typeof document === "string" ? document : writeJson(document);
  return await sharedValidator().check(
    {
      schemaText: toSchemaText(schema),
      ...(documents === undefined ? {} : { documents: toDocumentTexts(documents) }),
    },
    text,
  );
}
