const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** Pauses before a dead process is restarted, doubled after each consecutive failure. */
export class RestartPauses {
  /** Failures since the last answer. */
  inARow = 0;

  /** Milliseconds until the next start. */
  afterFailure(): number {
    return Math.min(FIRST_PAUSE_MS * 2 ** this.inARow++, LONGEST_PAUSE_MS);
  }

  /** Resets the pauses after a finished answer. */
  answered(): void {
    this.inARow = 0;
  }
}
