import { type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { FormworkError } from "../errors.js";

export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
  /** Limit in milliseconds. */
  elapsedMs: number;
}

export interface CommandOptions {
  directory?: string;
  environment?: NodeJS.ProcessEnv;
  /** Standard input of the command. Default: empty. */
  input?: string;
  signal?: AbortSignal;
  /** Called with each line of both output streams as it arrives. */
  onLine?: (line: string) => void;
}

/**
 * Runs a command to its end and returns its output and exit status, whatever the status is. Throws `FormworkError("not_found")`
 * if there is no such program, and `cancelled` if the signal aborts.
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
  // A command may end without reading its input.
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

/** Whether a program with that name can be run. */
export async function isInstalled(program: string, argument = "--version"): Promise<boolean> {
  try {
    return (await runCommand([program, argument])).status === 0;
  } catch {
    return false;
  }
}
