import type { ConstraintService } from "../../constraint/service/index.js";
import { LimitError } from "../../errors.js";
import type { SchedulerCounters } from "./counters.js";
import { DistantMatcher } from "./distantMatcher.js";
import type { Rows } from "./rows.js";
import type { Sequence } from "./sequence.js";

/** Continues documents whose steps exceed the limits of the decode thread. */
export class SlowLane {
  private readonly service: ConstraintService | undefined;
  private readonly rows: Rows;
  private readonly counters: SchedulerCounters;
  private readonly wake: () => void;

  /** Without a `service`, nothing is accepted. `wake` is called when the state of a document arrives. */
  constructor(
    service: ConstraintService | undefined,
    rows: Rows,
    counters: SchedulerCounters,
    wake: () => void,
  ) {
    this.service = service;
    this.rows = rows;
    this.counters = counters;
    this.wake = wake;
  }

  /**
   * Takes over a document that exceeded this thread's limits, from the tokens written so far. Returns false if `thrown` is another error,
   * or the document cannot continue in the slow lane.
   */
  take(sequence: Sequence, thrown: unknown): boolean {
    const { task, budget } = sequence;
    if (!(thrown instanceof LimitError) || this.service === undefined || task.slowLane === undefined)
      return false;
    if (task.matcher instanceof DistantMatcher) return false;
    task.matcher = new DistantMatcher(this.service.open(task.slowLane), sequence.answer, budget, this.wake);
    this.counters.slowLane++;
    // The logits of the last token will be overwritten before the mask arrives, so the token is decoded again.
    if (sequence.row >= 0 && sequence.pending === 0) {
      sequence.computed--;
      this.rows.cells.truncate(sequence.row, sequence.computed);
    }
    return true;
  }
}
