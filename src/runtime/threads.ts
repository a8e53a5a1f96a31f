/** The number of threads that the machine grants: a container's CPU quota is often below its number of cores. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The folder of this process's control group below `root`, by the lines of /proc/self/cgroup. */
function groupPath(lines: string, controller: string): string {
  for (const line of lines.split("\n")) {
    const [, controllers, path] = line.split(":", 3);
    if (path === undefined) continue;
    if (controller === "" ? controllers === "" : controllers.split(",").includes(controller)) return path;
  }
  return "/";
}

/** The control group and its ancestors: each may set a limit, and the smallest applies. */
function withParents(path: string): string[] {
  const folders = [path];
  let at = path;
  while (at.length > 1) {
    at = at.slice(0, at.lastIndexOf("/")) || "/";
    folders.push(at);
  }
  return folders;
}

/**
 * CPUs granted by the control groups (version 2, then 1), as a fraction; Infinity without a limit. `root` is the folder of the
 * pseudo-files, replaceable for tests.
 */
export function cpuQuota(root = ""): number {
  const groups = read(`${root}/proc/self/cgroup`) ?? "";
  let quota = Number.POSITIVE_INFINITY;
  for (const folder of withParents(groupPath(groups, ""))) {
    const line = read(`${root}/sys/fs/cgroup${folder}/cpu.max`);
    if (line === null) continue;
    const [most, period] = line.trim().split(/\s+/);
    if (most !== "max") quota = Math.min(quota, Number(most) / Number(period));
  }
  for (const mount of ["cpu", "cpu,cpuacct"]) {
    for (const folder of withParents(groupPath(groups, "cpu"))) {
      const most = Number(read(`${root}/sys/fs/cgroup/${mount}${folder}/cpu.cfs_quota_us`) ?? -1);
      const period = Number(read(`${root}/sys/fs/cgroup/${mount}${folder}/cpu.cfs_period_us`) ?? 0);
      if (most > 0 && period > 0) quota = Math.min(quota, most / period);
    }
  }
  return Number.isFinite(quota) && quota > 0 ? quota : Number.POSITIVE_INFINITY;
}

/** The useful number of threads: the cores this process may use, or its CPU quota if smaller; at least 1. */
export function detectThreads(root = ""): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cpuQuota(root))));
}
