import type { ChildMessage, ChildStatistics, RequestEvent } from "./messages.js";

/** Text is sent at the end of its step if nothing was sent for this long, otherwise together with that of the next steps. */
const GATHER_MS = 8;

/**
 * Batches the events of requests: one message per step carries those of all requests; with short steps, one message carries
 * several steps.
 */
export class Outbox {
  private readonly send: (message: ChildMessage) => void;
  private readonly statistics: () => ChildStatistics | undefined;
  private events: RequestEvent[] = [];
  private hasEnded = false;
  private isScheduled = false;
  private flushedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(send: (message: ChildMessage) => void, statistics: () => ChildStatistics | undefined) {
    this.send = send;
    this.statistics = statistics;
  }

  /** `isLast`: the last event of its request, which does not wait for other steps. */
  add(event: RequestEvent, isLast = false): void {
    const last = this.events[this.events.length - 1];
    if (last === undefined || !joined(last, event)) this.events.push(event);
    this.hasEnded ||= isLast;
    if (this.isScheduled) return;
    this.isScheduled = true;
    // Microtasks run when the step is over, before the next one.
    queueMicrotask(() => this.endStep());
  }

  /** Sends the step's events, unless they wait for the next steps. */
  endStep(): void {
    this.isScheduled = false;
    if (this.events.length === 0) return;
    if (this.hasEnded) this.flush(true);
    else if (performance.now() - this.flushedAt >= GATHER_MS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(withStatistics = false): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const statistics = withStatistics ? this.statistics() : undefined;
    if (this.events.length === 0 && statistics === undefined) return;
    const { events } = this;
    this.events = [];
    this.hasEnded = false;
    this.flushedAt = performance.now();
    this.send({ type: "events", events, ...(statistics === undefined ? {} : { statistics }) });
  }
}

/** Appends the text of `event` to the previous event, if both belong to the same text. */
function joined(last: RequestEvent, event: RequestEvent): boolean {
  if (last.key !== event.key) return false;
  if (event.type === "text" && last.type === "text") {
    last.text += event.text;
    if (event.logprobs !== undefined) last.logprobs = [...(last.logprobs ?? []), ...event.logprobs];
    return true;
  }
  const isSame =
    (event.type === "reasoning" && last.type === "reasoning") ||
    (event.type === "toolArguments" && last.type === "toolArguments" && last.index === event.index);
  if (isSame) last.text += event.text;
  return isSame;
}
