/** Brings the machine into the same state before each installation that is timed. */
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../../peers/runTool.js";

/**
 * Writes out what earlier runs left in memory, and fills the free memory, but at most `most` bytes of it, with pages that can be taken
 * back at once: the cached pages of an empty file. A virtual machine gets memory that it never used, or gave back, from
 * the machine below page by page, at half a gigabyte a second, and who installs first would pay for it. Returns what
 * releases the pages again.
 */
export async function settle(folder: string, most: number): Promise<() => Promise<void>> {
  // Windows has no such program.
  await runTool("sync", []).catch(() => undefined);
  const path = join(folder, "pages");
  const bytes = Math.min(most, await freeMemory());
  if (bytes === 0) return async () => undefined;
  const file = await open(path, "w+");
  try {
    await file.truncate(bytes);
    const piece = new Uint8Array(PIECE);
    for (let at = 0; at < bytes; at += PIECE) await file.read(piece, 0, PIECE, at);
  } finally {
    await file.close();
  }
  return () => rm(path, { force: true });
}

const PIECE = 4 << 20;
/** Left alone, so that nothing has to make room meanwhile. */
const SPARE = 512 << 20;

/** Bytes that hold nothing at all, not even cached files; 0 where the system does not say. */
async function freeMemory(): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const free = Number(/^MemFree:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  return Math.max(0, Math.min(free, process.availableMemory()) - SPARE);
}
