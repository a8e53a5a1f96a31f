/** A queue of events: pushed on one side, iterated on the other; ends with the first error. */
export class EventQueue<Event> {
  private readonly events: Event[] = [];
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  push(event: Event): void {
    this.events.push(event);
    this.wake?.();
  }

  /** Events pushed before are still delivered. Only the first error counts. */
  fail(error: Error): void {
    this.error ??= error;
    this.wake?.();
  }

  /** The next event; after all events, throws the error given to `fail`. */
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
