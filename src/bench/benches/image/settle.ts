/** Brings the machine into the same state before each timed installation. */
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../../peers/runTool.js";

/**
 * Flushes dirty pages, and fills up to `most` bytes of the free memory with pages that can be reclaimed at once: the cached pages of an
 * empty file. A virtual machine receives memory that it has not used yet, or has returned, from its host page by page, at half a gigabyte
 * per second, which would slow the first installation down. Returns a function that releases the pages.
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
/** Memory left free. */
const SPARE = 512 << 20;

/** Free memory in bytes, excluding caches; 0 if unknown. */
async function freeMemory(): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const free = Number(/^MemFree:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  return Math.max(0, Math.min(free, process.availableMemory()) - SPARE);
}
