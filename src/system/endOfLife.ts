/** How a process ended, and the last that it wrote to stderr. */
export interface ProcessEnd {
  /** The exit code, or null where a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** What a signal says of a process that nobody meant to end. */
const SIGNALS: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: "the system killed it, as it does where memory is short",
  SIGSEGV: "it crashed in native code",
  SIGBUS: "it crashed in native code",
  SIGILL: "it met an instruction that this processor does not have",
  SIGFPE: "it crashed in native code",
  SIGABRT: "it aborted",
  SIGTRAP: "it aborted",
};

/** Bytes of a process's last words that an error quotes. */
const MAX_QUOTED = 200;

/** Half a sentence for people: how the process ended, and the line of its last words that names the cause. */
export function endOfLife({ code, signal, stderr }: ProcessEnd): string {
  const how =
    signal === null ? `it exited with code ${code}` : `${SIGNALS[signal] ?? "a signal ended it"} (${signal})`;
  const cause = causeOf(stderr);
  return cause === undefined ? how : `${how}: ${cause}`;
}

/** Stack traces begin with the place of the error, and V8 frames what is fatal in lines of `#`. */
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
