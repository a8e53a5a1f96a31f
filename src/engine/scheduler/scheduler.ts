import type { ConstraintService } from "../../constraint/service/index.js";
import { asLimitError, FormworkError, toFormworkError } from "../../errors.js";
import type { Runtime } from "../../runtime/index.js";
import type { FinishReason } from "../../types.js";
import { Batch, type BatchSettings, DECODING_TOKENS } from "./batch.js";
import { Capacity, type CapacityLimits } from "./capacity.js";
import { newCounters, type SchedulerCounters } from "./counters.js";
import { DistantMatcher, isReady } from "./distantMatcher.js";
import { Draft } from "./drafts.js";
import { emitRest, emitText, HeldText } from "./emitText.js";
import { checkFits } from "./fits.js";
import { followDraft } from "./followDraft.js";
import { Rows } from "./rows.js";
import { type GenerationTask, Sequence } from "./sequence.js";
import { SlowLane } from "./slowLane.js";
import { Writer } from "./writer.js";

export interface SchedulerSettings extends CapacityLimits, BatchSettings {
  /** Capacity of the prefix cache in tokens; 0 turns off caching and sharing. */
  prefixTokens: number;
  log: (event: string, fields: Record<string, unknown>) => void;
  /** Called when deferred text has been emitted during a GPU's step. */
  onHeldText?: () => void;
  /** Continues documents whose steps exceed this thread's limits; undefined: they fail. */
  slowLane?: ConstraintService;
}

/**
 * Beyond this many cells, llama.cpp sums the attention of a single token differently from that of several. A repeated request must give
 * the same result as the first, so beyond it the last two tokens of a prefix are processed in one batch, even if they are cached.
 */
const SUMMED_ALIKE = 256;

/** Maximum milliseconds that a running request may wait for the slow lane while others wait for a row. */
const PATIENCE_MS = 50;

/** A request waits for another to process their common prefix if that saves at least this many tokens. */
const WORTH_WAITING = 32;

/**
 * Continuous batching on one thread: each `step` admits waiting requests, builds one batch (the next tokens of decoding sequences and,
 * with the remaining capacity, pieces of prompts), runs it, and advances each sequence whose logits are available to its next
 * choice. Requests can be submitted and cancelled between steps.
 */
export class Scheduler {
  readonly counters: SchedulerCounters = newCounters();
  private readonly runtime: Runtime;
  private readonly settings: SchedulerSettings;
  private readonly rows: Rows;
  private readonly writer: Writer;
  private readonly waiting: Sequence[] = [];
  /** In order of admission, oldest first. */
  private readonly running: Sequence[] = [];
  private readonly batch: Batch;
  private readonly heldText: HeldText;
  private readonly capacity: Capacity;
  private readonly slowLane: SlowLane;

  /** `wake` is called when there is work again after `step` returned false. */
  constructor(runtime: Runtime, settings: SchedulerSettings, wake: () => void = () => {}) {
    this.runtime = runtime;
    this.settings = settings;
    this.capacity = new Capacity(settings);
    this.heldText = new HeldText(runtime, settings.onHeldText);
    this.rows = new Rows(runtime, settings.prefixTokens);
    this.writer = new Writer(runtime, this.counters, settings.log);
    this.slowLane = new SlowLane(settings.slowLane, this.rows, this.counters, wake);
    this.batch = new Batch(runtime, settings, this.rows, this.running, this.preempt);
  }

  get queued(): number {
    return this.waiting.length;
  }

  get active(): number {
    return this.running.length;
  }

  /** KV cells not used by running requests. */
  get freeCells(): number {
    return this.rows.cells.spareCells;
  }

  /** Throws `queue_full` if another request could not be queued. */
  checkQueue(): void {
    this.capacity.check(this.waiting.length, this.running.length);
  }

  /** The budget of an answer of at most `maxTokens` after a prompt of this length. */
  budgetOf(promptLength: number, maxTokens: number): number {
    return Math.max(Math.min(maxTokens, this.contextLength - promptLength), 0);
  }

  /** Maximum tokens of prompt and answer of a request. */
  get contextLength(): number {
    return Math.min(this.runtime.contextLength, this.runtime.cellCapacity);
  }

  /**
   * Queues a request. Throws `queue_full`, `prompt_too_long`, or `budget_too_small` with a sufficient number.
   */
  submit(task: GenerationTask): Sequence {
    this.checkQueue();
    checkFits(task, this.contextLength);
    const sequence = new Sequence(
      task,
      this.budgetOf(task.prompt.length, task.maxTokens),
      this.runtime.vocabulary.maskWords,
    );
    try {
      this.writer.begin(sequence);
    } catch (thrown) {
      if (!this.slowLane.take(sequence, thrown)) throw thrown;
    }
    sequence.givenLength = sequence.length;
    // Log-probabilities of forced tokens take separate steps.
    if (this.settings.draftTokens && sequence.logprobs === undefined) sequence.draft = new Draft();
    this.waiting.push(sequence);
    return sequence;
  }

  /** Removes a request in any state; its cells are freed immediately. */
  cancel(sequence: Sequence, error: FormworkError): void {
    if (this.leave(sequence)) {
      this.counters.cancellations++;
      sequence.task.listener.fail(error);
    }
  }

  /** Runs one batch. Returns false if there was nothing to do. */
  step(): boolean {
    const startedAt = performance.now();
    this.expire(startedAt);
    this.admit(startedAt);
    // After the admission: results for a sequence that waits for a row are processed when it gets one.
    this.settleSlowLane();
    this.batch.compose();
    if (this.batch.sequences.length === 0) {
      this.heldText.emitText();
      return this.waitsForItself();
    }
    if (!this.decode()) return false;
    for (const sequence of this.batch.sequences) {
      if (sequence.logitsRow < 0) continue;
      this.advance(sequence);
      this.useDraft(sequence);
    }
    this.counters.steps++;
    this.counters.stepMicroseconds += (performance.now() - startedAt) * 1000;
    return true;
  }

  /** Clears the prefix cache. */
  clearPrefixes(): void {
    this.rows.clear();
  }

  /** Fails all requests, for example when the engine is closed. */
  failAll(error: FormworkError): void {
    const all = [...this.running.splice(0), ...this.waiting.splice(0)];
    this.batch.clear();
    this.rows.reset();
    for (const sequence of all) {
      sequence.row = -1;
      forget(sequence);
      this.counters.failures++;
      sequence.task.listener.fail(error);
    }
  }

  /** Processes results of the slow lane since the last step. */
  private settleSlowLane(): void {
    for (const sequence of [...this.running]) {
      const { matcher } = sequence.task;
      if (matcher instanceof DistantMatcher && matcher.hasNews) {
        this.attend(sequence, () => {
          sequence.ending = this.writer.settle(sequence);
        });
      }
    }
  }

  /** With an empty batch: whether another step can find work. Not if all wait for the slow lane, which calls `wake`. */
  private waitsForItself(): boolean {
    const ready = ({ task }: Sequence) => isReady(task.matcher);
    return this.running.length > 0 ? this.running.some(ready) : this.waiting.some(ready);
  }

  private expire(now: number): void {
    for (const list of [this.waiting, this.running]) {
      for (let i = list.length - 1; i >= 0; i--) {
        const sequence = list[i];
        if (now < sequence.task.deadlineAt) continue;
        const waited = Math.round(now - sequence.task.arrivedAt);
        this.leave(sequence);
        this.counters.failures++;
        sequence.task.listener.fail(
          new FormworkError("timeout", `The request was not finished after ${waited} ms.`, {
            retryAfterSeconds: 1,
          }),
        );
      }
    }
  }

  private admit(now: number): void {
    if (this.waiting.length > 0) this.makeRoom();
    let i = 0;
    while (i < this.waiting.length && this.running.length < this.settings.maxSequences) {
      const sequence = this.waiting[i];
      if (!isReady(sequence.task.matcher)) {
        i++;
        continue;
      }
      if (this.finishUnasked(sequence, now)) continue;
      // A running request is processing the same prefix: share it when it is available.
      const known = sequence.describedLength;
      const sharable = known - (known > SUMMED_ALIKE ? 2 : 1);
      const shared = this.rows.sharedPrefix(sequence.tokens, sharable);
      if (this.rows.promisedLength(sequence.tokens, sharable) >= shared.length + WORTH_WAITING) {
        i++;
        continue;
      }
      // Some room beyond the prompt, so that an admitted request is not preempted immediately.
      const room =
        sequence.length - this.rows.cells.saved(shared.inCells) + DECODING_TOKENS * this.running.length;
      if (this.running.length > 0 && this.freeCells < room) return;
      const row = this.rows.acquire(sequence.tokens, shared, sequence.givenLength);
      if (row < 0) return;
      this.waiting.splice(i, 1);
      this.running.push(sequence);
      sequence.row = row;
      sequence.computed = this.rows.cells.length(row);
      if (sequence.startedAt < 0) {
        sequence.startedAt = now;
        sequence.cachedTokens = Math.min(sequence.computed, sequence.promptLength);
        this.counters.promptTokens += sequence.promptLength;
        this.counters.cachedTokens += sequence.cachedTokens;
        sequence.task.listener.start(sequence.promptLength, sequence.cachedTokens);
      }
    }
  }

  /** If all rows are in use, preempts requests that have waited long for the slow lane. */
  private makeRoom(): void {
    if (this.running.length < this.settings.maxSequences) return;
    for (const sequence of [...this.running]) {
      const { matcher } = sequence.task;
      if (!(matcher instanceof DistantMatcher) || matcher.waitedMs < PATIENCE_MS) continue;
      this.running.splice(this.running.indexOf(sequence), 1);
      this.release(sequence);
      sequence.computed = 0;
      this.waiting.push(sequence);
      this.counters.preemptions++;
    }
  }

  /** A schema with a single document needs no model. */
  private finishUnasked(sequence: Sequence, now: number): boolean {
    const { listener } = sequence.task;
    // Without the model, there are no log-probabilities.
    const finishReason = sequence.isUndescribed ? undefined : this.writer.endOf(sequence);
    if (finishReason === undefined) return false;
    sequence.startedAt = now;
    this.counters.promptTokens += sequence.promptLength;
    listener.start(sequence.promptLength, 0);
    emitText(sequence, this.runtime.vocabulary.tokens);
    this.finish(sequence, finishReason);
    return true;
  }

  /** Preempts a running request: frees its cells and returns it to the head of the queue, to process its text again. */
  private readonly preempt = (sequence: Sequence): void => {
    this.running.splice(this.running.indexOf(sequence), 1);
    this.rows.release(sequence.row, 0);
    sequence.row = -1;
    sequence.computed = 0;
    this.waiting.unshift(sequence);
    this.counters.preemptions++;
  };

  /**
   * Runs the batch; while a GPU computes it, emits the text of the previous step and computes the masks. Returns false if it failed.
   */
  private decode(): boolean {
    try {
      const milliseconds = this.batch.decode(() => {
        this.heldText.emitText();
        for (const sequence of this.batch.sequences) this.prepareMask(sequence);
      });
      this.counters.decodeMicroseconds += milliseconds * 1000;
      return true;
    } catch (error) {
      this.failAll(toFormworkError(error));
      return false;
    }
  }

  private prepareMask(sequence: Sequence): void {
    if (sequence.logitsRow < 0 || sequence.isUndescribed) return;
    try {
      this.writer.prepare(sequence);
    } catch (thrown) {
      sequence.fault = thrown;
    }
  }

  /** Turns logits into the next pending tokens of one sequence, or its end. */
  private advance(sequence: Sequence): void {
    this.attend(sequence, () => {
      const { fault } = sequence;
      sequence.fault = undefined;
      if (fault !== undefined) throw fault;
      if (sequence.isUndescribed) this.writer.describeForced(sequence);
      else sequence.ending = this.writer.write(sequence);
    });
  }

  /** Accepts correct draft tokens; removes the cells of wrong ones. */
  private useDraft(sequence: Sequence): void {
    const { draft } = sequence;
    if (draft === undefined || draft.length === 0) return;
    this.counters.draftedTokens += draft.length;
    this.counters.draftedRight += followDraft(sequence, draft, () =>
      this.attend(sequence, () => {
        this.writer.prepare(sequence);
        sequence.ending = this.writer.write(sequence);
      }),
    );
    if (sequence.row >= 0) this.rows.cells.truncate(sequence.row, sequence.computed);
  }

  /** Writes the sequence's next tokens and emits them; if a limit of this thread is exceeded, moves it to the slow lane. */
  private attend(sequence: Sequence, write: () => void): void {
    try {
      write();
      if (sequence.firstTokenAt < 0) sequence.firstTokenAt = performance.now();
      if (this.heldText.hold(sequence)) return;
      const stopped = emitText(sequence, this.runtime.vocabulary.tokens);
      if (stopped) this.finish(sequence, "stop");
      else if (sequence.ending !== undefined && !sequence.isUndescribed)
        this.finish(sequence, sequence.ending);
    } catch (thrown) {
      if (this.slowLane.take(sequence, thrown)) return;
      const error = toFormworkError(asLimitError(thrown));
      if (error.code === "internal")
        this.settings.log("sequence_failed", {
          code: error.code,
          message: error.message,
          stack: error.stack,
        });
      this.leave(sequence);
      this.counters.failures++;
      sequence.task.listener.fail(error);
    }
  }

  private finish(sequence: Sequence, finishReason: FinishReason): void {
    const now = performance.now();
    emitRest(sequence);
    const tail = sequence.outcome(finishReason, now);
    this.counters.requests++;
    this.counters.completionTokens += tail.completionTokens;
    this.counters.forcedTokens += tail.forcedTokens;
    this.capacity.served(now - sequence.startedAt);
    sequence.task.listener.finish(tail);
    // Last, because caching the prompt takes milliseconds.
    this.leave(sequence);
  }

  /** Returns false if the sequence was already removed. */
  private leave(sequence: Sequence): boolean {
    const list = sequence.row >= 0 ? this.running : this.waiting;
    const at = list.indexOf(sequence);
    if (at < 0) return false;
    list.splice(at, 1);
    forget(sequence);
    if (sequence.row >= 0) this.release(sequence);
    return true;
  }

  /** Releases the row. A failure to cache its prefix, for example without memory, does not fail this request. */
  private release(sequence: Sequence): void {
    const { row } = sequence;
    sequence.row = -1;
    try {
      this.rows.release(row, Math.min(sequence.computed, sequence.givenLength));
    } catch (error) {
      this.settings.log("prefix_not_kept", { message: toFormworkError(error).message });
    }
  }
}

function forget({ task }: Sequence): void {
  if (task.matcher instanceof DistantMatcher) task.matcher.forget();
}
