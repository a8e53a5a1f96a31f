import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

export interface Started {
  child: ChildProcess;
  /** What it has printed so far. */
  printed: { stdout: string; stderr: string };
  /** Resolves once `text` is on stdout. */
  says(text: string): Promise<void>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/**
 * Starts the built program as a person would, away from this terminal. One thread a model: several engines
 * at once would otherwise spin for each other's cores.
 */
export function start(
  words: readonly string[],
  given: { stdin?: string; environment?: Record<string, string>; workingFolder?: string } = {},
): Started {
  if (!existsSync(PROGRAM)) throw new Error("Build first: npm run build.");
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: given.workingFolder,
    env: { ...process.env, FORMWORK_THREADS: "1", ...given.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(given.stdin ?? "");
  const printed = { stdout: "", stderr: "" };
  const waiting: { text: string; resolve: () => void }[] = [];
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    printed.stdout += data;
    for (const one of waiting) if (printed.stdout.includes(one.text)) one.resolve();
  });
  child.stderr.setEncoding("utf8").on("data", (data: string) => {
    printed.stderr += data;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...printed }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      if (printed.stdout.includes(text)) return resolve();
      waiting.push({ text, resolve });
      void ended.then(({ stderr }) => reject(new Error(`It ended without saying ${text}: ${stderr}`)));
    });
  return { child, printed, says, ended };
}
