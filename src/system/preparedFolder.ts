import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * The folder at `path`, made once by `make` and kept. It appears under its name only when `make` has finished: two
 * processes at once both work, and an interrupted one leaves nothing. Throws what `make` throws.
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
