import { type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { FormworkError } from "../errors.js";

export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
  /** Milliseconds. */
  elapsedMs: number;
}

export interface CommandOptions {
  directory?: string;
  environment?: NodeJS.ProcessEnv;
  /** Sent to the command's standard input, which is empty otherwise. */
  input?: string;
  signal?: AbortSignal;
  /** Called with every line of either stream as it comes. */
  onLine?: (line: string) => void;
}

/**
 * Runs a command to its end and keeps what it printed; its exit status is for the caller to judge.
 * Throws `FormworkError("not_found")` when there is no such program and `cancelled` when the signal ends it.
 */
export async function runCommand(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const began = performance.now();
  const spawnOptions: SpawnOptions = { stdio: ["pipe", "pipe", "pipe"] };
  if (options.directory !== undefined) spawnOptions.cwd = options.directory;
  if (options.environment !== undefined) spawnOptions.env = options.environment;
  if (options.signal !== undefined) spawnOptions.signal = options.signal;
  const child = spawn(command[0]!, command.slice(1), spawnOptions);
  const output = { stdout: "", stderr: "" };
  const streams = (["stdout", "stderr"] as const).map(async (name) => {
    for await (const line of createInterface({ input: child[name]!, crlfDelay: Number.POSITIVE_INFINITY })) {
      output[name] += `${line}\n`;
      options.onLine?.(line);
    }
  });
  // A command that ends without reading its input is not an error.
  child.stdin!.on("error", () => undefined);
  child.stdin!.end(options.input ?? "");
  const status = await new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError") {
        reject(new FormworkError("cancelled", `${command[0]} was stopped.`, { cause: error }));
      } else if (error.code === "ENOENT") {
        reject(new FormworkError("not_found", `There is no program ${command[0]}.`, { cause: error }));
      } else {
        reject(new FormworkError("internal", `${command[0]}: ${error.message}`, { cause: error }));
      }
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
  await Promise.all(streams);
  return { status, ...output, elapsedMs: performance.now() - began };
}

/** Whether a program of that name can be run. */
export async function isInstalled(program: string, argument = "--version"): Promise<boolean> {
  try {
    return (await runCommand([program, argument])).status === 0;
  } catch {
    return false;
  }
}
