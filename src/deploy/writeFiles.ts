import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FormworkError } from "../errors.js";

/**
 * Writes files below `folder`, skipping unchanged ones. A file that differs belongs to the user: throws `wrong_usage` with its name before
 * anything is written, unless `overwrite` is set.
 */
export async function writeFiles(
  folder: string,
  overwrite: boolean,
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  const changed: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const before = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (before === text) continue;
    if (before !== undefined && !overwrite) {
      throw new FormworkError(
        "wrong_usage",
        `${join(folder, name)} is there and differs; nothing was written. Pass --overwrite to have it written again, ` +
          "or --folder for another place.",
      );
    }
    changed.push(name);
  }
  for (const name of changed) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), files[name]!);
  }
  return changed;
}
