import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";

/** Resource limits of an untrusted program. */
export interface ConfinedLimits {
  /** Milliseconds from start to end. */
  wallMs: number;
  /** Resident memory. */
  memoryBytes: number;
  outputBytes: number;
}

export const DEFAULT_LIMITS: ConfinedLimits = {
  wallMs: 5_000,
  memoryBytes: 384 * 1024 * 1024,
  outputBytes: 256 * 1024,
};

export interface ConfinedOutcome {
  status: "finished" | "timeout" | "memory" | "output" | "missing";
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs `command` in a separate process without environment variables, without network access if the system supports that (an empty network
 * namespace), and with limits on time, memory, output and file size; then kills its process group. Preventing access to files and
 * processes is up to `command`: the runners start interpreters with these features disabled. Never throws; `missing` means that
 * there is no such command.
 */
export function runConfined(
  command: readonly string[],
  input: string,
  limits: ConfinedLimits = DEFAULT_LIMITS,
): Promise<ConfinedOutcome> {
  // CPU seconds, no files larger than 0 blocks, no core dumps; then the command replaces the shell.
  const cpuSeconds = Math.ceil(limits.wallMs / 1000) + 1;
  const limited = ["sh", "-c", `ulimit -t ${cpuSeconds} -f 0 -c 0; exec "$@"`, "sh", ...command];
  const [file, ...args] = [...withoutNetwork(), ...limited];
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: tmpdir(),
      env: { PATH: process.env["PATH"] ?? "", HOME: tmpdir() },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    let status: ConfinedOutcome["status"] = "finished";
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let outputBytes = 0;

    const stop = (reason: ConfinedOutcome["status"]): void => {
      if (status === "finished") status = reason;
      killGroup(child.pid);
    };
    const deadline = setTimeout(() => stop("timeout"), limits.wallMs);
    const watch = setInterval(() => {
      if (residentBytes(child.pid) > limits.memoryBytes) stop("memory");
    }, 10);
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > limits.outputBytes) stop("output");
      else into.push(chunk);
    };
    child.stdout.on("data", collect(stdout));
    child.stderr.on("data", collect(stderr));
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input);
    const settle = (exitCode: number | null): void => {
      clearTimeout(deadline);
      clearInterval(watch);
      killGroup(child.pid); // what it may have left behind
      const missing = exitCode === 127 || exitCode === 126;
      resolve({
        status: missing && status === "finished" ? "missing" : status,
        exitCode,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      });
    };
    child.once("error", () => settle(127));
    child.once("close", (exitCode) => settle(exitCode));
  });
}

let networkPrefix: readonly string[] | undefined;

/** The command that removes network access, if the system has one that works for this user. */
export function withoutNetwork(): readonly string[] {
  if (networkPrefix === undefined) {
    const prefix = ["unshare", "-r", "-n"];
    const works =
      process.platform === "linux" &&
      spawnSync(prefix[0], [...prefix.slice(1), "true"], { stdio: "ignore" }).status === 0;
    networkPrefix = works ? prefix : [];
  }
  return networkPrefix;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // gone already
  }
}

function residentBytes(pid: number | undefined): number {
  if (pid === undefined || process.platform !== "linux") return 0;
  try {
    // statm counts pages; the second field is the resident size.
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0;
  }
}
