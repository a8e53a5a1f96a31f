/**
 * How many threads a decode should use while other work wants the same cores.
 *
 * The library's threads wait for each other several hundred times a token, by spinning. As long as each has a
 * core that costs nothing. Once one of them is put aside for another process all the others burn their time
 * until it is back: with two threads and one core to spare a token takes many times as long as with a single
 * thread. The CPU time of a decode shows it: with `n` threads and nobody else it is `n` times the
 * wall time, whatever the batch. Where it stays well below that, the threads are cut down to the cores that
 * were there, and tried again later, after longer and longer pauses as long as that fails, and not while other programs
 * keep the cores busy: a single decode with a thread too many can take seconds.
 */
export class ThreadGovernor {
  /** Threads for the next decode. */
  threads: number;

  private readonly most: number;
  private readonly processorsLeft: () => number;
  private wallMs = 0;
  private cpuMs = 0;
  private decodes = 0;
  private trial = false;
  private pauseMs = FIRST_PAUSE_MS;
  private retryAtMs = 0;

  /** `processorsLeft`: what other programs have left of the processors since it was last asked. */
  constructor(most: number, processorsLeft: () => number = () => Number.POSITIVE_INFINITY) {
    this.most = most;
    this.threads = most;
    this.processorsLeft = processorsLeft;
  }

  /** Threads for the next decode where so many other threads of this process are at work: each has a processor to itself. */
  threadsBeside(busy: number): number {
    return Math.max(1, Math.min(this.threads, this.most - busy));
  }

  /**
   * Takes note of one decode: how long it took, the CPU time that its threads were given meanwhile, and the time now,
   * all in milliseconds.
   */
  observe(wallMs: number, cpuMs: number, nowMs: number): void {
    if (this.threads < this.most && nowMs >= this.retryAtMs) {
      if (this.processorsLeft() < this.most - 1 + ENOUGH) {
        this.retryAtMs = nowMs + FIRST_PAUSE_MS;
        return;
      }
      this.threads = this.most;
      this.trial = true;
      this.forget();
      return;
    }
    if (this.threads === 1) return;
    this.wallMs += wallMs;
    this.cpuMs += cpuMs;
    this.decodes++;
    if (this.wallMs < (this.decodes === 1 ? SINGLE_MS : WINDOW_MS)) return;
    const cores = this.cpuMs / this.wallMs;
    if (cores < this.threads * ENOUGH) {
      this.pauseMs = this.trial ? Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
      this.retryAtMs = nowMs + this.pauseMs;
      // From here on counts what they leave.
      this.processorsLeft();
      this.threads = Math.max(1, Math.min(this.threads - 1, Math.floor(cores)));
    }
    this.trial = false;
    this.forget();
  }

  private forget(): void {
    this.wallMs = 0;
    this.cpuMs = 0;
    this.decodes = 0;
  }
}

/** Decodes are judged together until they make up so much; a single short one may be unlucky. */
const WINDOW_MS = 40;
const SINGLE_MS = 120;
/** Share of the CPU time wanted below which threads are missing their cores. */
const ENOUGH = 0.8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 16_000;
