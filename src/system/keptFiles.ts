import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes `path` atomically, and creates its folder. Throws the system's errors. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, path);
}

/** Marks `path` as used. */
export function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

/** Of the files with `suffix` in `folder`, keeps the `most` recently used ones; removes the others and unfinished ones. */
export function keepLastUsed(folder: string, suffix: string, most: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.includes(suffix))
    .map((name) => ({ path: join(folder, name), used: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of files.slice(most)) rmSync(path, { force: true });
}
