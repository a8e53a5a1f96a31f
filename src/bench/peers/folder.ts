import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { FormworkError } from "../../errors.js";

/**
 * A folder of its own for something a bench compares with, made once and kept in the cache. It appears under
 * its name only when `make` has finished: two benches at once both work, and an interrupted one leaves nothing.
 */
export async function preparedFolder(
  cacheFolder: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder, "bench", name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${randomUUID()}`;
  await mkdir(dirname(folder), { recursive: true });
  try {
    await mkdir(draft);
    await make(draft);
    await rename(draft, folder);
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw thrown;
  }
  return folder;
}

/** Runs a program to its end. Throws `engine_unavailable` with what it said. */
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

/** Whether a program of that name can be started. */
export async function hasTool(command: string): Promise<boolean> {
  return runTool(command, ["--version"]).then(
    () => true,
    () => false,
  );
}
