import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpuQuota, detectThreads } from "./threads.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "formwork-cgroup-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe("the CPU quota", () => {
  it("is unlimited where nothing says otherwise", () => {
    expect(cpuQuota(root)).toBe(Number.POSITIVE_INFINITY);
    put("sys/fs/cgroup/cpu.max", "max 100000\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    expect(cpuQuota(root)).toBe(Number.POSITIVE_INFINITY);
    expect(detectThreads(root)).toBe(availableParallelism());
  });

  it("is read from control groups of version 2, the tightest of the group and those above it", () => {
    put("proc/self/cgroup", "0::/user/job\n");
    put("sys/fs/cgroup/user/job/cpu.max", "400000 100000\n");
    put("sys/fs/cgroup/user/cpu.max", "150000 100000\n");
    expect(cpuQuota(root)).toBe(1.5);
    expect(detectThreads(root)).toBe(1);
  });

  it("is read from control groups of version 1", () => {
    put("proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/box\n0::/\n");
    put("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "50000\n");
    put("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
    expect(cpuQuota(root)).toBe(0.5);
    expect(detectThreads(root)).toBe(1);
  });
});
