/**
 * Threads as the system numbers, counts and schedules them. Only Linux does so for each thread; elsewhere nothing is known of them,
 * and all run with the same priority.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** `nice` increment of a thread whose work may wait for that of others. */
const NICENESS = 10;
const HIGHEST_NICENESS = 19;

/** The number of the calling thread. */
export function ownThreadId(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return undefined;
  }
}

/** CPU time of a thread of this process in milliseconds; 0 if the system does not report it. */
export function threadCpuMs(id: number | undefined): number {
  if (id === undefined) return 0;
  try {
    // Nanoseconds on a CPU, nanoseconds waiting for one, time slices.
    return Number.parseInt(readFileSync(`/proc/self/task/${id}/schedstat`, "utf8"), 10) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Lowers the priority of a thread relative to the calling one, if the system permits. It cannot be raised again without special
 * permission.
 */
export function lowerPriority(id: number | undefined): void {
  if (id === undefined) return;
  try {
    setPriority(id, Math.min(getPriority() + NICENESS, HIGHEST_NICENESS));
  } catch {
    // Not permitted: other threads get slower, nothing else changes.
  }
}
