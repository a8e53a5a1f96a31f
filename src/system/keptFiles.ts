import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes `path` whole or not at all, and makes its folder. Throws what the system does. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, path);
}

/** Notes that `path` has been used. */
export function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

/** Removes all but the `most` files of `folder` that were used last, of those with `suffix` and what was left of them unfinished. */
export function keepLastUsed(folder: string, suffix: string, most: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.includes(suffix))
    .map((name) => ({ path: join(folder, name), used: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of files.slice(most)) rmSync(path, { force: true });
}
