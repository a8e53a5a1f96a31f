/**
 * Controls the number of threads of a decode while other work uses the same cores.
 *
 * The library's threads wait for each other by spinning, several hundred times per token. That is free as long as each has a core. When
 * one is preempted, all others waste their time until it continues: with two threads on one available core, a token takes many times
 * as long as with a single thread. The CPU time of a decode shows this: with `n` threads on an idle machine, it is `n` times the
 * elapsed time, whatever the batch. If it is well below that, the number of threads is reduced to the cores that were available. It is
 * raised again later, after longer and longer pauses while that fails, and not while other programs use the cores: a
 * single decode with one thread too many can take seconds.
 */
export class ThreadGovernor {
  /** Number of threads for the next decode. */
  threads: number;

  private readonly most: number;
  private readonly processorsLeft: () => number;
  private wallMs = 0;
  private cpuMs = 0;
  private decodes = 0;
  private trial = false;
  private pauseMs = FIRST_PAUSE_MS;
  private retryAtMs = 0;

  /** `processorsLeft`: the number of CPUs not used by other programs since the last call. */
  constructor(most: number, processorsLeft: () => number = () => Number.POSITIVE_INFINITY) {
    this.most = most;
    this.threads = most;
    this.processorsLeft = processorsLeft;
  }

  /** Threads for the next decode while that many other threads of this process are busy, so that each has its own CPU. */
  threadsBeside(busy: number): number {
    return Math.max(1, Math.min(this.threads, this.most - busy));
  }

  /**
   * Records a decode: its duration, the CPU time of its threads, and the current time, all in milliseconds.
   */
  observe(wallMs: number, cpuMs: number, nowMs: number): void {
    if (this.threads < this.most && nowMs >= this.retryAtMs) {
      if (this.processorsLeft() < needed(this.most)) {
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
    if (cores < needed(this.threads)) {
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

/** Decodes are evaluated together until they add up to this time; a single short one may be an outlier. */
const WINDOW_MS = 40;
const SINGLE_MS = 120;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 16_000;

/** Share of a CPU that each thread needs on average, and how much of one all of them may lack at least. */
const SHARE = 0.8;
const MAY_LACK = 0.7;

/** The CPUs below which fewer threads are faster: two threads on 1.3 CPUs still beat one, as a server and its client leave them. */
function needed(threads: number): number {
  return Math.min(threads * SHARE, threads - MAY_LACK);
}
