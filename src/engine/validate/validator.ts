import { Worker } from "node:worker_threads";
import { FormworkError } from "../../errors.js";
import { toDocumentTexts, toSchemaText, writeJson } from "../../json/index.js";
import { compiledEntry } from "../../system/index.js";
import type { JsonSchema, SchemaSource, SchemaText } from "../../types.js";
import type { Verdict } from "./documentCheck.js";
import type { CheckAnswer, CheckJob } from "./worker.js";

/** How long one document may be judged before the thread counts as stuck, in milliseconds. */
const STUCK_MS = 15_000;
const REMEMBERED_STUCK = 64;

interface Pending {
  job: CheckJob;
  resolve: (verdict: Verdict) => void;
  reject: (error: FormworkError) => void;
  timer: NodeJS.Timeout;
}

/**
 * The independent validator, in a worker thread: neither compiling a large schema nor a runaway pattern
 * holds up the event loop. A thread that is stuck or dies is replaced, and the schema that did it is judged by the
 * grammar from then on.
 */
export class DocumentValidator {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private readonly stuck = new Map<string, string>();
  private readonly stuckMs: number;
  private nextKey = 1;
  /** Documents that wait for their verdict. */
  private waiting = 0;

  constructor(stuckMs = STUCK_MS) {
    this.stuckMs = stuckMs;
  }

  /** Lets the thread compile the schema while the document is being written. */
  prepare(source: SchemaSource): void {
    this.submit(this.job(source, undefined), ignore, ignore);
  }

  /** Throws `internal` only where neither the validator nor the grammar could judge. */
  check(source: SchemaSource, text: string): Promise<Verdict> {
    return new Promise((resolve, reject) => this.submit(this.job(source, text), resolve, reject));
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private job(source: SchemaSource, text: string | undefined): CheckJob {
    const grammarOnly = this.stuck.get(source.schemaText);
    return {
      key: this.nextKey++,
      source,
      ...(text === undefined ? {} : { text }),
      ...(grammarOnly === undefined ? {} : { grammarOnly }),
    };
  }

  private submit(job: CheckJob, resolve: Pending["resolve"], reject: Pending["reject"]): void {
    const worker = this.thread();
    const timer = setTimeout(() => this.replace(`it took more than ${this.stuckMs} ms`), this.stuckMs);
    this.pending.set(job.key, { job, resolve, reject, timer });
    // A document that waits for its verdict keeps the process alive, a schema made ready does not.
    if (job.text === undefined) timer.unref();
    else if (++this.waiting === 1) worker.ref();
    worker.postMessage(job);
  }

  private thread(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = new Worker(compiledEntry(import.meta.url, "./worker.js"), {
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    worker.unref();
    worker.on("message", (answer: CheckAnswer) => this.settle(answer));
    worker.on("error", (error) => {
      if (this.worker === worker) this.replace(error.message);
    });
    this.worker = worker;
    return worker;
  }

  private settle({ key, verdict, error }: CheckAnswer): void {
    const pending = this.pending.get(key);
    if (pending === undefined) return;
    this.pending.delete(key);
    clearTimeout(pending.timer);
    if (pending.job.text !== undefined && --this.waiting === 0) this.worker?.unref();
    if (verdict !== undefined) pending.resolve(verdict);
    else pending.reject(new FormworkError("internal", `The document could not be checked: ${error}`));
  }

  /** A fresh thread for what was under way; the job at the head, which the old one died of, goes the other way. */
  private replace(reason: string): void {
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
    const jobs = [...this.pending.values()];
    this.pending.clear();
    this.waiting = 0;
    const culprit = jobs[0];
    if (culprit === undefined) return;
    for (const { timer } of jobs) clearTimeout(timer);
    if (culprit.job.grammarOnly !== undefined) {
      culprit.reject(new FormworkError("internal", `The document could not be checked: ${reason}`));
      jobs.shift();
    } else {
      this.stuck.set(culprit.job.source.schemaText, reason);
      if (this.stuck.size > REMEMBERED_STUCK) this.stuck.delete(this.stuck.keys().next().value!);
    }
    for (const { job, resolve, reject } of jobs) {
      this.submit(this.job(job.source, job.text), resolve, reject);
    }
  }
}

function ignore(): void {}

let shared: DocumentValidator | undefined;

/** The process's own validator; its thread starts with the first document and keeps nobody alive. */
export function sharedValidator(): DocumentValidator {
  shared ??= new DocumentValidator();
  return shared;
}

/**
 * Whether `document` (JSON text, or a value) is valid by `schema` (a value, or its JSON text), as the independent validator
 * sees it. `documents`: what the schema's references may name, by absolute URI.
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
