import type { RegistryEntry } from "../command.js";
import { runProgram } from "../program.js";
import type { Terminal } from "../terminal/terminal.js";

export interface ProgramRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process against `registry`, and collects what it prints. */
export async function run(
  words: readonly string[],
  registry: readonly RegistryEntry[],
  given: {
    environment?: Record<string, string>;
    workingFolder?: string;
    stdin?: string;
    signal?: AbortSignal;
  } = {},
): Promise<ProgramRun> {
  const printed = { stdout: "", stderr: "" };
  const terminal: Terminal = {
    stdout: { write: (text) => (printed.stdout += text) },
    stderr: { write: (text) => (printed.stderr += text) },
    readStdin: async () => given.stdin ?? "",
    environment: given.environment ?? {},
    workingFolder: given.workingFolder ?? "/nowhere",
  };
  const exitCode = await runProgram(words, registry, terminal, given.signal ?? new AbortController().signal);
  return { exitCode, ...printed };
}
