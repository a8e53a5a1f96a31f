import { Worker } from "node:worker_threads";
import { FormworkError } from "../../../errors.js";
import { compiledEntry } from "../../../system/index.js";
import type { SchemaSource } from "../../../types.js";
import type { RemoteKind } from "../dialects/dialect.js";
import type { GrammarAnswer, GrammarJob, SchemaFacts } from "./messages.js";

/** A job that takes longer has a thread that is stuck, in milliseconds. */
const STUCK_MS = 15_000;

interface Pending {
  resolve: (answer: GrammarAnswer) => void;
  reject: (error: FormworkError) => void;
  timer: NodeJS.Timeout;
}

type Job<Type extends GrammarJob["type"]> = Omit<Extract<GrammarJob, { type: Type }>, "key">;

/**
 * Formwork's own reading of schemas, for engines whose model runs elsewhere, in a worker thread: however long a schema
 * takes to compile, the event loop goes on. A thread that is stuck or dies is replaced; what it was asked fails.
 */
export class GrammarThread {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextKey = 1;
  private nextFollower = 1;

  /** Throws the `SchemaError`'s code and pointer, as a `FormworkError`. */
  async prepare(source: SchemaSource, kind: RemoteKind, compileMs: number): Promise<SchemaFacts> {
    const { prepared } = await this.ask({ type: "prepare", source, kind, compileMs });
    return prepared!;
  }

  /** Follows a new document by a schema. Must be released. */
  follow(source: SchemaSource, compileMs: number): FollowedDocument {
    return new FollowedDocument(this, source, compileMs, this.nextFollower++);
  }

  ask(job: Job<"prepare"> | Job<"push"> | Job<"close">): Promise<GrammarAnswer> {
    return new Promise((resolve, reject) => {
      const worker = this.thread();
      const key = this.nextKey++;
      const timer = setTimeout(() => this.replace(worker, `it took more than ${STUCK_MS} ms`), STUCK_MS);
      if (this.pending.size === 0) worker.ref();
      this.pending.set(key, { resolve, reject, timer });
      worker.postMessage({ ...job, key });
    });
  }

  release(follower: number): void {
    this.worker?.postMessage({ type: "release", follower } satisfies GrammarJob);
  }

  private thread(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = new Worker(compiledEntry(import.meta.url, "./worker.js"), {
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    worker.unref();
    worker.on("message", (answer: GrammarAnswer) => this.settle(worker, answer));
    worker.on("error", (error) => this.replace(worker, error.message));
    this.worker = worker;
    return worker;
  }

  private settle(worker: Worker, answer: GrammarAnswer): void {
    const pending = this.pending.get(answer.key);
    if (pending === undefined) return;
    this.pending.delete(answer.key);
    clearTimeout(pending.timer);
    if (this.pending.size === 0) worker.unref();
    if (answer.error === undefined) pending.resolve(answer);
    else pending.reject(FormworkError.fromBody(answer.error));
  }

  private replace(worker: Worker, reason: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    void worker.terminate();
    const failed = [...this.pending.values()];
    this.pending.clear();
    for (const { reject, timer } of failed) {
      clearTimeout(timer);
      reject(new FormworkError("internal", `The schema could not be read: ${reason}`));
    }
  }
}

/** A document that is being written elsewhere, followed in the thread. See `DocumentFollower`. */
export class FollowedDocument {
  private readonly thread: GrammarThread;
  private readonly source: SchemaSource;
  private readonly compileMs: number;
  private readonly follower: number;

  constructor(thread: GrammarThread, source: SchemaSource, compileMs: number, follower: number) {
    this.thread = thread;
    this.source = source;
    this.compileMs = compileMs;
    this.follower = follower;
  }

  /** Takes the next piece; answers the part of it that still belongs to a valid document. */
  async push(text: string): Promise<string> {
    const { source, compileMs, follower } = this;
    return (await this.thread.ask({ type: "push", source, compileMs, follower, text })).text ?? "";
  }

  /** What to append for a valid document, if that can be known. */
  async close(): Promise<string | undefined> {
    const { source, compileMs, follower } = this;
    return (await this.thread.ask({ type: "close", source, compileMs, follower })).text;
  }

  release(): void {
    this.thread.release(this.follower);
  }
}

let shared: GrammarThread | undefined;

/** The process's own thread; it starts with the first schema and keeps nobody alive. */
export function sharedGrammarThread(): GrammarThread {
  shared ??= new GrammarThread();
  return shared;
}
