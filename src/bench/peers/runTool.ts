import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FormworkError } from "../../errors.js";

/** Runs a program to its end. Throws `engine_unavailable` with its output. */
export async function runTool(command: string, args: readonly string[], folder?: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], {
      ...(folder === undefined ? {} : { cwd: folder }),
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (cause) {
    const { stderr = "", message } = cause as { stderr?: string; message: string };
    const said = stderr.trim().split("\n").slice(-3).join(" ") || message;
    throw new FormworkError("engine_unavailable", `${command} ${args[0]} failed: ${said}`, { cause });
  }
}
