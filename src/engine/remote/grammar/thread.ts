import { FormworkError, LimitError } from "../../../errors.js";
import { compiledEntry, WorkerCalls, WorkerFailure } from "../../../system/index.js";
import type { SchemaSource } from "../../../types.js";
import type { RemoteKind } from "../protocols/protocol.js";
import type { GrammarAnswer, GrammarJob, SchemaFacts } from "./messages.js";

/** Milliseconds after which a thread counts as stuck: a last resort, since the work of its calls is counted. */
const MAX_CALL_MS = 30_000;
/** Maximum heap of the thread in megabytes. */
const MAX_HEAP_MB = 1024;

/**
 * Formwork's constraint engine for remote engines, in a worker thread, so that compiling a schema never blocks the event loop. A thread
 * that is stuck or dies is replaced; its pending requests fail.
 */
export class GrammarThread {
  private readonly calls = new WorkerCalls<GrammarJob, GrammarAnswer>({
    entry: compiledEntry(import.meta.url, "./worker.js"),
    maxCallMs: MAX_CALL_MS,
    maxHeapMb: MAX_HEAP_MB,
  });
  private nextFollower = 1;

  /** Throws a `FormworkError` with the code and pointer of the `SchemaError`. */
  async prepare(
    source: SchemaSource,
    kind: RemoteKind,
    compileMs: number,
    isOpen = false,
  ): Promise<SchemaFacts> {
    const { prepared } = await this.ask({ type: "prepare", source, kind, compileMs, isOpen });
    return prepared!;
  }

  /** Follows a new document with a schema. Must be released. */
  follow(source: SchemaSource, compileMs: number): FollowedDocument {
    return new FollowedDocument(this, source, compileMs, this.nextFollower++);
  }

  async ask(job: Exclude<GrammarJob, { type: "release" }>): Promise<GrammarAnswer> {
    for (;;) {
      try {
        return await this.calls.call(job);
      } catch (thrown) {
        if (!(thrown instanceof WorkerFailure)) throw thrown;
        if (thrown.isCulprit) throw tooExpensive(thrown);
        // The thread ended over another schema, and what it knew of documents with it.
        if (job.type !== "prepare") throw threadLost(thrown);
      }
    }
  }

  release(follower: number): void {
    this.calls.notify({ type: "release", follower });
  }
}

function tooExpensive(cause: WorkerFailure): LimitError {
  return new LimitError("compileMs", `The schema costs too much to read: ${cause.message}.`);
}

function threadLost(cause: WorkerFailure): FormworkError {
  const message = "The thread that followed the document ended.";
  return new FormworkError("engine_unavailable", message, { cause, retryAfterSeconds: 1 });
}

/** A document generated elsewhere, followed in the thread. See `DocumentFollower`. */
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

  /** What to append for a valid document, if known. */
  async close(): Promise<string | undefined> {
    const { source, compileMs, follower } = this;
    return (await this.thread.ask({ type: "close", source, compileMs, follower })).text;
  }

  release(): void {
    this.thread.release(this.follower);
  }
}

let shared: GrammarThread | undefined;

/** The thread of this process; starts with the first schema, and does not keep the process alive. */
export function sharedGrammarThread(): GrammarThread {
  shared ??= new GrammarThread();
  return shared;
}
