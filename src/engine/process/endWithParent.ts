import { Worker } from "node:worker_threads";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Ends this process when its parent is gone, however long a decode holds this thread. On Linux the system does that; elsewhere,
 * and where the system does not grant it, a thread watches: a twentieth of a second of processor time at the start.
 */
export async function endWithParent(): Promise<void> {
  const parent = process.ppid;
  if (!(await askSystem())) watch(parent);
  // It may have ended before it could be seen to.
  else if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}

/** False where the system knows of no such thing or refuses. */
async function askSystem(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    const { default: koffi } = await import("koffi");
    const prctl = koffi.load(null).func("prctl", "int", ["int", "ulong", "ulong", "ulong", "ulong"]);
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) === 0;
  } catch {
    return false;
  }
}

function watch(parent: number): void {
  const source = `
    setInterval(() => {
      if (process.ppid !== ${parent}) process.kill(process.pid, "SIGKILL");
    }, 500);
  `;
  new Worker(source, { eval: true, stdout: false, stderr: false }).unref();
}
