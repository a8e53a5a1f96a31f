import { cpus } from "node:os";

/** Time of all processors together, in milliseconds: how much has passed, and how much of it nobody used. */
export interface ProcessorTimes {
  passedMs: number;
  idleMs: number;
}

/**
 * What other programs use of the processors, as the system counts it. In a container it counts those of the whole machine,
 * which is what the processors are shared with.
 */
export class OtherPrograms {
  private readonly processors: number;
  private readonly times: () => ProcessorTimes;
  private readonly ownMs: () => number;
  private before: ProcessorTimes & { ownMs: number };

  /** `times` and `ownMs`, the processor time of this process, come from elsewhere in tests. */
  constructor(processors = cpus().length, times = processorTimes, ownMs = ownTime) {
    this.processors = processors;
    this.times = times;
    this.ownMs = ownMs;
    this.before = { ...times(), ownMs: ownMs() };
  }

  /** Processors that other programs have left since the last call, on average; infinitely many where the system does not say. */
  processorsLeft(): number {
    const now = { ...this.times(), ownMs: this.ownMs() };
    const passed = now.passedMs - this.before.passedMs;
    const left = now.idleMs - this.before.idleMs + now.ownMs - this.before.ownMs;
    this.before = now;
    return passed > 0 ? (left / passed) * this.processors : Number.POSITIVE_INFINITY;
  }
}

function processorTimes(): ProcessorTimes {
  let passedMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    passedMs += times.user + times.nice + times.sys + times.idle + times.irq;
    idleMs += times.idle;
  }
  return { passedMs, idleMs };
}

function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
