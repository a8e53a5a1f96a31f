import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { MemoryReading, PeerSettings } from "../../../bench/index.js";
import { engineOption, OPTION_NAMES } from "../../../engine/options/index.js";
import { FormworkError } from "../../../errors.js";
import { runCommand } from "../../../system/index.js";
import { text } from "../../config/setting.js";
import { engineFlags } from "../../engine.js";
import type { BenchValues } from "./benchSettings.js";

/** Measures a running server. */
export const serverSetting = {
  "bench.server": text({
    flag: "--url <url>",
    description: "measure the server at this URL instead of starting one",
  }),
};

/** Options of the embedded engine that have a flag. */
const LOCAL_OPTIONS = OPTION_NAMES.filter((name) => {
  const { flag, load } = engineOption(name);
  return (flag !== undefined && load === true && name !== "queueLimit") || name === "schemaInPrompt";
});

/** Memory of the two processes of the server at `url`, by its metrics. */
export async function serverMemory(url: string): Promise<MemoryReading | undefined> {
  const text = await fetch(new URL("/metrics", url)).then((response) => (response.ok ? response.text() : ""));
  const value = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)?.[1]);
  const now = value("formwork_engine_memory_bytes");
  const peak = value("formwork_engine_memory_peak_bytes");
  const server = value("process_resident_memory_bytes");
  return [now, peak, server].every(Number.isFinite) ? { engine: { now, peak }, server } : undefined;
}

/**
 * Starts `formwork serve` of this build in a separate process on a free port; `close` stops it. The server gets the settings
 * it shares with a peer, and the engine flags in `own` that are set.
 */
export async function startOwnServer(
  { modelPath, threads, parallel, contextLength }: PeerSettings,
  own: Omit<BenchValues, "bench.runs">,
  signal: AbortSignal,
): Promise<{ url: string; close(): Promise<void>; killEngine(): Promise<boolean> }> {
  const shared = { model: modelPath, threads, parallel, contextLength, schemaInPrompt: false };
  const child = spawn(
    process.execPath,
    [
      process.argv[1],
      ...["serve", "--port", "0", "--log-level", "silent"],
      ...engineFlags({ ...own, ...shared }, LOCAL_OPTIONS),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    const lastResort = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(lastResort);
  };
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString("utf8")).slice(-500);
  });
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const url = /listens on (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    const fail = (): void =>
      reject(new FormworkError("engine_unavailable", `The server did not start: ${errors}`));
    child.once("close", fail);
    signal.addEventListener("abort", fail, { once: true });
  });
  try {
    return { url: await listening, close, killEngine: () => killEngineOf(child.pid!) };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Kills the engine process that the server `pid` has started; false if there is none. */
async function killEngineOf(pid: number): Promise<boolean> {
  const { stdout } = await runCommand(["ps", "-A", "-o", "pid=,ppid=,args="]);
  for (const line of stdout.split("\n")) {
    const [own, parent, ...words] = line.trim().split(/\s+/);
    if (Number(parent) !== pid || !/engine[\\/]process[\\/]main\.js$/.test(words.join(" "))) continue;
    return process.kill(Number(own), "SIGKILL");
  }
  return false;
}
