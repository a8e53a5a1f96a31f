import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormworkError } from "../errors.js";
import type { ModalOptions } from "./modal/options/index.js";

/** The project's configuration file. */
const FILE = "formwork.config.json";

/**
 * Writes options under `modal` in the project's configuration, leaving everything else unchanged; resolves to the file's path. Throws
 * `FormworkError("wrong_usage")` if the file exists but is not a JSON object.
 */
export async function saveModalOptions(folder: string, options: ModalOptions): Promise<string> {
  const path = join(folder, FILE);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  let config: { modal?: object };
  try {
    config = JSON.parse(text) as { modal?: object };
    if (typeof config !== "object" || config === null || Array.isArray(config)) throw new Error("no object");
  } catch (cause) {
    throw new FormworkError("wrong_usage", `${path} holds no JSON object; nothing was written.`, { cause });
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const modal = { ...config.modal, ...Object.fromEntries(given) };
  const draft = `${path}.${process.pid}`;
  await writeFile(
    draft,
    `${JSON.stringify({ ...config, modal }, null, 2)}
`,
  );
  await rename(draft, path);
  return path;
}
