/** How a process ended, and the end of its stderr output. */
export interface ProcessEnd {
  /** The exit code; null after a signal. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** Explanations of signals that terminated a process unexpectedly. */
const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "the system killed it, as it does where memory is short",
  SIGSEGV: "it crashed in native code",
  SIGBUS: "it crashed in native code",
  SIGILL: "it met an instruction that this processor does not have",
  SIGFPE: "it crashed in native code",
  SIGABRT: "it aborted",
  SIGTRAP: "it aborted",
};

/** Maximum bytes of a process's output quoted in an error. */
const MAX_QUOTED = 200;

/** Part of a sentence: how the process ended, and the line of its output that names the cause. */
export function endOfLife({ code, signal, stderr }: ProcessEnd): string {
  const how =
    signal === null ? `it exited with code ${code}` : `${SIGNALS[signal] ?? "a signal ended it"} (${signal})`;
  const cause = causeOf(stderr);
  return cause === undefined ? how : `${how}: ${cause}`;
}

/** Stack traces begin with the location of the error, and V8 frames fatal errors with lines of `#`. */
function causeOf(stderr: string): string | undefined {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^[#\s]+/, "").trimEnd())
    .filter((line) => line !== "");
  const named =
    lines.find((line) => /^FATAL ERROR\b/.test(line)) ??
    lines.find((line) => /^Fatal (?!error in\b)/.test(line)) ??
    lines.find((line) => /^\w*Error\b/.test(line)) ??
    // A GPU backend of llama.cpp, before it aborts: `CUDA error: out of memory`, `what(): vk::Device::...`.
    lines.find((line) => /^(?:\w+ error|what\(\)): /.test(line)) ??
    lines[0];
  return named?.slice(0, MAX_QUOTED);
}
