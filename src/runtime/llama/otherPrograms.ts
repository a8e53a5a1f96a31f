import { cpus } from "node:os";

/** Total and idle time of all CPUs, in milliseconds. */
export interface ProcessorTimes {
  passedMs: number;
  idleMs: number;
}

/**
 * The CPU use of other programs, as the system counts it. In a container, that includes the whole machine, with which the CPUs are
 * shared.
 */
export class OtherPrograms {
  private readonly processors: number;
  private readonly times: () => ProcessorTimes;
  private readonly ownMs: () => number;
  private before: ProcessorTimes & { ownMs: number };

  /** `times` and `ownMs`, the CPU time of this process, are replaceable for tests. */
  constructor(processors = cpus().length, times = processorTimes, ownMs = ownTime) {
    this.processors = processors;
    this.times = times;
    this.ownMs = ownMs;
    this.before = { ...times(), ownMs: ownMs() };
  }

  /** Average number of CPUs not used by other programs since the last call; infinite if the system does not report it. */
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
