import type { Runtime } from "../../runtime/index.js";
import { DistantMatcher, isReady } from "./distantMatcher.js";
import { ReadingPace } from "./readingPace.js";
import type { Rows } from "./rows.js";
import type { Sequence } from "./sequence.js";

/** A row with at most this many pending tokens, or as many as a step reads, is decoding; one with more is reading its prompt. */
export const DECODING_TOKENS = 32;

export interface BatchSettings {
  /** Prompt tokens per step while others decode. Default: by their cost (`readingPace.ts`). */
  prefillChunk?: number;
  /** Whether to decode forced tokens together instead of one per step. The text is the same. */
  forcedBatching: boolean;
  /**
   * Maximum number of tokens per step with drafts (`drafts.ts`): such a step takes hardly longer than one of a single token. 0 or
   * undefined: no drafts. The text is the same.
   */
  draftTokens?: number;
}

/** The tokens of one step: the participating sequences, and how many of their pending tokens. */
export class Batch {
  /** The sequences in the current step. */
  readonly sequences: Sequence[] = [];
  private readonly runtime: Runtime;
  private readonly settings: BatchSettings;
  private readonly rows: Rows;
  private readonly running: readonly Sequence[];
  private readonly preempt: (sequence: Sequence) => void;
  private readonly pace: ReadingPace;
  private isReading = false;

  /** `running`: in order of admission; `preempt` removes one of them and frees its cells. */
  constructor(
    runtime: Runtime,
    settings: BatchSettings,
    rows: Rows,
    running: readonly Sequence[],
    preempt: (sequence: Sequence) => void,
  ) {
    this.runtime = runtime;
    this.settings = settings;
    this.rows = rows;
    this.running = running;
    this.preempt = preempt;
    this.pace = new ReadingPace(settings.prefillChunk);
  }

  clear(): void {
    this.sequences.length = 0;
  }

  /**
   * Fills the batch: first decoding sequences, then prompts, as much as the pace permits (chunked prefill). Half of that goes to the prompt
   * with the fewest remaining tokens, so that it does not wait for long ones. The others share the rest, in order of admission if it is
   * small, so that long prompts do not wait forever.
   */
  compose(): void {
    this.runtime.batchClear();
    this.sequences.length = 0;
    let capacity = this.runtime.batchCapacity;
    const decoding = Math.min(this.pace.beside(1), DECODING_TOKENS);
    const reading: Sequence[] = [];
    for (const sequence of [...this.running]) {
      sequence.logitsRow = -1;
      const pending = this.takable(sequence);
      if (pending > decoding) reading.push(sequence);
      else if (sequence.row >= 0) capacity -= this.add(sequence, Math.min(pending, capacity));
    }
    this.isReading = reading.length > 0;
    if (!this.isReading) {
      this.addDrafts();
      return;
    }
    const streams = this.sequences.length;
    capacity = Math.min(capacity, streams > 0 ? this.pace.beside(streams, reading.length) : this.pace.alone);
    let shortest = 0;
    for (let i = 1; i < reading.length; i++) {
      if (this.takable(reading[i]) < this.takable(reading[shortest])) shortest = i;
    }
    const [first] = reading.splice(shortest, 1);
    capacity -= this.read(first, reading.length === 0 ? capacity : Math.ceil(capacity / 2));
    for (let i = 0; i < reading.length; i++) {
      capacity -= this.read(reading[i], Math.ceil(capacity / (reading.length - i)));
    }
  }

  /** Adds at most `share` of the prompt tokens of `sequence`, without leaving a single one; returns how many. */
  private read(sequence: Sequence, share: number): number {
    // A preempted sequence has no row.
    if (sequence.row < 0) return 0;
    const pending = this.takable(sequence);
    const count = Math.min(pending, share);
    return this.add(sequence, pending - count === 1 && count > 1 ? count - 1 : count);
  }

  /**
   * Runs the batch. When `meanwhile` is called, a GPU is computing, while a CPU has finished. Returns the milliseconds spent on the model:
   * the call, and waiting for the logits after `meanwhile`.
   */
  decode(meanwhile: () => void): number {
    const { runtime } = this;
    const startedAt = performance.now();
    runtime.decode();
    const called = performance.now();
    meanwhile();
    const asked = performance.now();
    const last = this.sequences.findLast(({ logitsRow }) => logitsRow >= 0);
    if (last !== undefined) runtime.logits(last.logitsRow);
    const milliseconds = called - startedAt + performance.now() - asked;
    this.pace.observe(runtime.batchSize(), this.isReading, milliseconds);
    return milliseconds;
  }

  /** Fills the rest of a cheap step with drafts, distributed equally. They displace nothing. */
  private addDrafts(): void {
    const { draftTokens = 0 } = this.settings;
    if (draftTokens === 0 || this.sequences.length === 0) return;
    const { runtime, rows } = this;
    const most = Math.min(draftTokens, runtime.batchCapacity, runtime.logitRows);
    const share = Math.floor((most - runtime.batchSize()) / this.sequences.length);
    for (const sequence of this.sequences) {
      const { draft, row, length, logitsRow, task } = sequence;
      if (draft === undefined || logitsRow < 0 || sequence.pending > 0) continue;
      // Each draft token would need a request to another thread.
      if (task.matcher instanceof DistantMatcher) continue;
      // The last token of the budget needs no logits after it.
      draft.guess(sequence.tokens, length, Math.min(share, sequence.remaining - 1, rows.cells.freeCells));
      rows.cells.extend(row, draft.length);
      for (let i = 0; i < draft.length; i++) {
        const logits = runtime.batchAdd(draft.tokens[i], length + i, row, true);
        if (i === 0) draft.row = logits;
      }
    }
  }

  /** Maximum pending tokens per step. */
  private takable(sequence: Sequence): number {
    return Math.min(this.wanted(sequence), sequence.pending - (isReady(sequence.task.matcher) ? 0 : 1));
  }

  /** Pending tokens that a step would take if all masks were ready: without its mask, the last one's logits are useless. */
  private wanted(sequence: Sequence): number {
    if (this.settings.forcedBatching && sequence.logprobs === undefined) return sequence.pending;
    // Forced tokens that have to be described need their own logits.
    const known = this.settings.forcedBatching ? sequence.describedLength : sequence.promptLength;
    const reading = known - sequence.computed;
    return Math.min(sequence.pending, reading > 0 ? reading : 1);
  }

  /** Adds the next `count` pending tokens of `sequence` to the batch; returns how many fit. */
  private add(sequence: Sequence, count: number): number {
    if (count <= 0 || !this.findCells(sequence, count)) return 0;
    this.rows.cells.extend(sequence.row, count);
    const end = sequence.computed + count;
    for (let position = sequence.computed; position < end; position++) {
      const wantLogits = position === sequence.length - 1 || position === sequence.describedLength - 1;
      const row = this.runtime.batchAdd(sequence.tokens[position], position, sequence.row, wantLogits);
      if (wantLogits) sequence.logitsRow = row;
    }
    sequence.computed = end;
    this.sequences.push(sequence);
    return count;
  }

  /**
   * Frees cells for `count` tokens: unused ones, those of cached prompts, or those of the youngest running requests that are not in this
   * batch. Preempted requests return to the head of the queue with their text, and process it again when there is room.
   */
  private findCells(sequence: Sequence, count: number): boolean {
    while (this.rows.cells.freeCells < count) {
      if (this.rows.dropKept()) continue;
      const youngest = this.running[this.running.length - 1];
      if (youngest === sequence || this.sequences.includes(youngest)) return false;
      this.preempt(youngest);
    }
    return true;
  }
}
