import type { ConstraintService } from "../../constraint/service/index.js";
import { LimitError } from "../../errors.js";
import type { SchedulerCounters } from "./counters.js";
import { DistantMatcher } from "./distantMatcher.js";
import type { Rows } from "./rows.js";
import type { Sequence } from "./sequence.js";

/** Where documents continue whose steps exceed the limits of the thread that decodes. */
export class SlowLane {
  private readonly service: ConstraintService | undefined;
  private readonly rows: Rows;
  private readonly counters: SchedulerCounters;
  private readonly wake: () => void;

  /** Without a `service` nothing is taken. `wake` is called when the state of a document is there. */
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
   * Takes over a document that exceeded this thread's limits, from the tokens written so far. False where `thrown` is something
   * else, or the document cannot continue there.
   */
  take(sequence: Sequence, thrown: unknown): boolean {
    const { task, budget } = sequence;
    if (!(thrown instanceof LimitError) || this.service === undefined || task.slowLane === undefined)
      return false;
    if (task.matcher instanceof DistantMatcher) return false;
    task.matcher = new DistantMatcher(this.service.open(task.slowLane), sequence.answer, budget, this.wake);
    this.counters.slowLane++;
    // The logits of the last token are gone by the time that the mask is there: it is read again then.
    if (sequence.row >= 0 && sequence.pending === 0) {
      sequence.computed--;
      this.rows.cells.truncate(sequence.row, sequence.computed);
    }
    return true;
  }
}
