import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { promisify } from "node:util";

/** The environment of a measurement. */
export interface Environment {
  cpu: string;
  cores: number;
  memory_gib: number;
  os: string;
  node: string;
  formwork: string;
  /** Commit of the working tree, followed by `+` if files differ; null outside of a repository. */
  revision: string | null;
  /** Load average over the last minute before the measurement began. */
  load: number;
  /**
   * Milliseconds of a fixed piece of work on one core, the best of several runs. Distinguishes a slower machine from slower software when
   * results are compared.
   */
  calibration_ms: number;
}

export async function captureEnvironment(): Promise<Environment> {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_gib: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    os: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    formwork: packageVersion(),
    revision: await gitRevision(),
    load: Math.round(loadavg()[0] * 100) / 100,
    calibration_ms: calibrate(),
  };
}

/** The version in this package's `package.json`. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return String(manifest.version);
}

/** Work on memory and arithmetic, independent of this project. About 10 ms. */
function calibrate(): number {
  const values = new Float64Array(1 << 16);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    let state = 1;
    for (let pass = 0; pass < 40; pass++) {
      for (let i = 0; i < values.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        values[(state >>> 16) & 0xffff] += state * 0.5;
      }
    }
    best = Math.min(best, performance.now() - began);
  }
  return Math.round(best * 100) / 100;
}

async function gitRevision(): Promise<string | null> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)("git", args, { timeout: 5_000 })).stdout.trim();
  try {
    const commit = await git("rev-parse", "--short=12", "HEAD");
    const changed = await git("status", "--porcelain", "--untracked-files=no");
    return changed === "" ? commit : `${commit}+`;
  } catch {
    return null;
  }
}
