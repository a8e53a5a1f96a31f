const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait before a process that has ended is started again: twice as long after each failure in a row. */
export class RestartPauses {
  /** Failures since the last answer. */
  inARow = 0;

  /** Milliseconds until the next start. */
  afterFailure(): number {
    return Math.min(FIRST_PAUSE_MS * 2 ** this.inARow++, LONGEST_PAUSE_MS);
  }

  /** An answer was finished: whatever ended the processes before is over. */
  answered(): void {
    this.inARow = 0;
  }
}
