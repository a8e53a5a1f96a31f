import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { PeerSettings } from "../../bench/index.js";
import { FormworkError } from "../../errors.js";

/** `formwork serve` of this very build as a process of its own on a free port, stopped by `close`. */
export async function startOwnServer(
  { modelPath, threads, parallel, contextLength }: PeerSettings,
  signal: AbortSignal,
): Promise<{ url: string; close(): Promise<void> }> {
  const words = [
    "serve",
    "--port",
    "0",
    "--model",
    modelPath,
    "--threads",
    `${threads}`,
    "--parallel",
    `${parallel}`,
  ];
  const more = ["--context-length", `${contextLength}`, "--no-schema-in-prompt", "--log-level", "silent"];
  const child = spawn(process.execPath, [process.argv[1], ...words, ...more], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    const impatience = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(impatience);
  };
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(-500);
  });
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const url = /listens on (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    const fail = (): void =>
      reject(new FormworkError("engine_unavailable", `The server did not start: ${complaint}`));
    child.once("close", fail);
    signal.addEventListener("abort", fail, { once: true });
  });
  try {
    return { url: await listening, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
