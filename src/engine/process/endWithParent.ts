import { Worker } from "node:worker_threads";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Ends this process when its parent is gone, even during a long decode. On Linux, the system does that; otherwise, a thread watches
 * the parent, which takes a twentieth of a second of CPU time at the start.
 */
export async function endWithParent(): Promise<void> {
  const parent = process.ppid;
  if (!(await askSystem())) watch(parent);
  // The parent may have ended before that.
  else if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}

/** False if the system does not support or permit it. */
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
