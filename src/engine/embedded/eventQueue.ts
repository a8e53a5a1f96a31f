/** Events pushed on one side, iterated on the other; ends with the first error. */
export class EventQueue<Event> {
  private readonly events: Event[] = [];
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  push(event: Event): void {
    this.events.push(event);
    this.wake?.();
  }

  /** What was pushed before is still handed out. Only the first error counts. */
  fail(error: Error): void {
    this.error ??= error;
    this.wake?.();
  }

  /** The next event; throws what `fail` was given once all events are taken. */
  async next(): Promise<Event> {
    for (;;) {
      if (this.events.length > 0) return this.events.shift()!;
      if (this.error !== undefined) throw this.error;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }
}
