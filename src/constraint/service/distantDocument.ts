import { FormworkError, LimitError } from "../../errors.js";
import type { ConstraintWorker } from "./constraintWorker.js";
import type { Job, Reply } from "./messages.js";
import type { ConstraintSource, MatcherState, MatcherStep, ServedMatcher } from "./service.js";

/** What a document needs from its pool of workers. */
export interface Workers {
  /** A worker for `source`; `home` is the last one that followed the document. */
  workerFor(source: ConstraintSource, home?: ConstraintWorker): ConstraintWorker;
  call(
    job: (worker: ConstraintWorker) => Job,
    worker: ConstraintWorker,
    signal?: AbortSignal,
  ): Promise<Reply>;
}

/** A document on the caller's side: the accepted tokens, and the worker that currently follows it. */
export class DistantDocument implements ServedMatcher {
  readonly mask: Uint32Array;
  private readonly workers: Workers;
  private readonly source: ConstraintSource;
  private readonly key: number;
  private readonly memory: SharedArrayBuffer;
  private readonly accepted: number[] = [];
  private readonly leaving = new AbortController();
  private home: ConstraintWorker | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(workers: Workers, source: ConstraintSource, key: number, maskWords: number) {
    this.workers = workers;
    this.source = source;
    this.key = key;
    this.memory = new SharedArrayBuffer(4 * maskWords);
    this.mask = new Uint32Array(this.memory);
  }

  step(step: MatcherStep): Promise<MatcherState> {
    const state = this.last.then(() => this.run(step));
    this.last = state.catch(() => {});
    return state;
  }

  forget(): void {
    this.leaving.abort();
    this.home?.send({ type: "forget", matcher: this.key });
    this.home = undefined;
  }

  private async run(step: MatcherStep): Promise<MatcherState> {
    const worker = this.workers.workerFor(this.source, this.home);
    const reply = await this.workers.call((taker) => this.job(taker, step), worker, this.leaving.signal);
    const { state } = succeeded(reply) as Reply & { type: "stepped" };
    this.accepted.length -= step.rollback ?? 0;
    this.accepted.push(...(step.tokens ?? []).slice(0, state.accepted), ...state.forced);
    return state;
  }

  /** The step for `worker`: one that has not followed the document so far first gets the accepted tokens. */
  private job(worker: ConstraintWorker, step: MatcherStep): Job {
    if (worker === this.home) return { type: "step", matcher: this.key, step };
    this.home?.send({ type: "forget", matcher: this.key });
    this.home = worker;
    const { source, accepted, memory } = this;
    return { type: "step", matcher: this.key, begin: { source, accepted, mask: memory }, step };
  }
}

/** Returns the reply, or throws the error in it. */
export function succeeded(reply: Reply): Reply {
  if (reply.type !== "failed") return reply;
  const { error, limit } = reply;
  throw limit === undefined
    ? FormworkError.fromBody(error)
    : new LimitError(limit, error.error, error.pointer, error.keyword);
}
