import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FormworkError } from "../errors.js";
import { toSchemaText } from "../json/index.js";
import type { SchemaText } from "../types.js";
import type { Terminal } from "./terminal/terminal.js";

/**
 * The JSON text of the schema in the file `named`, on standard input (`-`) or in `named` itself where that is JSON text.
 * Throws `wrong_usage` where nothing can be read and `invalid_schema` where it is not JSON.
 */
export async function readSchema(named: string, terminal: Terminal): Promise<SchemaText> {
  return toSchemaText(await readText(named, terminal), label(named));
}

async function readText(named: string, terminal: Terminal): Promise<string> {
  if (named === "-") return terminal.readStdin();
  if (isInline(named)) return named;
  try {
    return await readFile(resolve(terminal.workingFolder, named), "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : message;
    throw new FormworkError("wrong_usage", `Cannot read the schema ${named}: ${reason}.`, { cause });
  }
}

function label(named: string): string {
  if (named === "-") return "The schema on standard input";
  return isInline(named) ? "The schema" : named;
}

function isInline(named: string): boolean {
  return named.trimStart().startsWith("{");
}
