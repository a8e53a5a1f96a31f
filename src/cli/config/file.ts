import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FormworkError } from "../../errors.js";

/** The default name, in the working folder. */
const CONFIG_FILE = "formwork.config.json";

/** A configuration file as read. */
export interface ConfigFile {
  path: string;
  /** The base folder of relative paths. */
  folder: string;
  content: object;
}

/** The member of `file` at a dotted key; undefined if there is none. */
export function memberAt(file: ConfigFile, key: string): unknown {
  let value: unknown = file.content;
  for (const name of key.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The dotted keys of all leaves of `file`. */
export function keysOf(file: ConfigFile): string[] {
  // Editors find the file's schema by this member.
  return leaves(file.content, "").filter((key) => key !== "$schema");
}

/**
 * The file `named`, or the default one in `folder`, if present. Throws `wrong_usage` if a named file is missing or a file is not a JSON
 * object.
 */
export async function loadConfigFile(
  folder: string,
  named: string | undefined,
): Promise<ConfigFile | undefined> {
  const path = resolve(folder, named ?? CONFIG_FILE);
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (missing && named === undefined) return undefined;
    const reason = missing ? "there is no such file" : (cause as Error).message;
    throw new FormworkError("wrong_usage", `Cannot read the configuration ${path}: ${reason}.`, { cause });
  }
  return { path, folder: dirname(path), content: parse(content, path) };
}

function parse(content: string, path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new FormworkError("wrong_usage", `${path} is not valid JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new FormworkError("wrong_usage", `${path} must hold a JSON object.`);
}

function leaves(value: object, prefix: string): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const isGroup = typeof member === "object" && member !== null && !Array.isArray(member);
    return isGroup ? leaves(member, `${prefix}${name}.`) : [prefix + name];
  });
}
