/** Tests a build in a separate process. */
import { spawn } from "node:child_process";
import { compiledEntry, endOfLife } from "../../system/index.js";
import type { LibraryBuild, LibraryDevice } from "./build.js";
import type { ProofReport } from "./proof.js";

export interface Proof {
  /** The GPUs that it uses; empty if it does not work. */
  devices: readonly LibraryDevice[];
  /** Why it does not work, without a full stop; null if it works. */
  failure: string | null;
  /** The last lines of the library's log. */
  log: readonly string[];
}

/** Time limit. The first use of a GPU compiles its kernels: seconds on a card, more on a software device. */
const MAX_PROOF_MS = 120_000;
const MAX_LOG_LINES = 40;
const MAX_OUTPUT = 64 * 1024;

/** Runs `build` on its GPU. Never throws. `program` is replaceable for tests. */
export function prove(
  build: LibraryBuild,
  program = compiledEntry(import.meta.url, "./proof.js"),
): Promise<Proof> {
  const child = spawn(process.execPath, [program, JSON.stringify(build)], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: MAX_PROOF_MS,
    killSignal: "SIGKILL",
  });
  const began = performance.now();
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] = (output[name] + text).slice(-MAX_OUTPUT);
    });
  }
  return new Promise((resolve) => {
    const end = (failure: string | null, devices: readonly LibraryDevice[] = []) => {
      const lines = output.stderr.split("\n").filter((line) => line.trim() !== "");
      resolve({ devices, failure, log: lines.slice(-MAX_LOG_LINES) });
    };
    child.on("error", (error) => end(error.message));
    child.on("close", (code, signal) => {
      const report = reportIn(output.stdout);
      if (performance.now() - began >= MAX_PROOF_MS) end(`it did nothing for ${MAX_PROOF_MS / 1000} s`);
      else if (report === undefined) end(endOfLife({ code, signal, stderr: output.stderr }));
      else if ("failure" in report) end(report.failure.replace(/\.$/, ""));
      // The report counts, not the exit status: some drivers crash when they are unloaded.
      else end(null, report.devices);
    });
  });
}

function reportIn(stdout: string): ProofReport | undefined {
  const last = stdout.trimEnd().split("\n").at(-1);
  return last?.startsWith("{") ? (JSON.parse(last) as ProofReport) : undefined;
}
