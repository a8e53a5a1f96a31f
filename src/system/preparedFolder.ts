import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * The folder at `path`, created by `make` if it does not exist. It appears under its name only when `make` has finished, so
 * concurrent processes do not interfere and an interrupted one leaves nothing behind. Throws what `make` throws.
 */
export async function preparedFolder(path: string, make: (draft: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  const draft = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await mkdir(draft);
    await make(draft);
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(path)) throw thrown;
  }
  return path;
}
