import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FormworkError } from "../errors.js";
import {
  isObjectPart,
  JsonDocument,
  type JsonPart,
  RepeatedNameError,
  textOfPart,
  toSchemaText,
  withDistinctNames,
} from "../json/index.js";
import type { SchemaText } from "../types.js";
import { text } from "./config/setting.js";
import type { Terminal } from "./terminal/terminal.js";

/**
 * The JSON text of the schema in the file `named`, from standard input (`-`), or in `named` itself if that is JSON text. Throws
 * `wrong_usage` if it cannot be read, and `invalid_schema` if it is not JSON or has a member more than once.
 */
export async function readSchema(named: string, terminal: Terminal): Promise<SchemaText> {
  const name = label(named);
  return withDistinctNames(toSchemaText(await readText(named, "the schema", terminal), name), name);
}

/** The flag for `readDocuments`. */
export const documentsSetting = text({
  flag: "--documents <file>",
  description: "file with a JSON object of schemas by absolute URI, for references that leave the schema",
  isPath: true,
});

/**
 * The JSON texts of the documents in the file `named`, by URI. Throws `wrong_usage` if it cannot be read or has another content.
 */
export async function readDocuments(
  named: string | undefined,
  terminal: Terminal,
): Promise<Record<string, SchemaText> | undefined> {
  if (named === undefined) return undefined;
  const written = await readText(named, "the documents", terminal);
  let root: JsonPart;
  try {
    ({ root } = JsonDocument.read(written, { distinctNames: true }));
  } catch (cause) {
    const why = (cause as Error).message;
    const what = cause instanceof RepeatedNameError ? "" : " is not valid JSON";
    throw new FormworkError("wrong_usage", `--documents: ${named}${what}: ${why}`, { cause });
  }
  if (!isObjectPart(root)) {
    throw new FormworkError(
      "wrong_usage",
      `--documents: ${named} must hold an object of schemas by their URIs.`,
    );
  }
  return Object.fromEntries([...root.members()].map(([uri, part]) => [uri, textOfPart(part)]));
}

async function readText(named: string, what: string, terminal: Terminal): Promise<string> {
  if (named === "-") return terminal.readStdin();
  if (isInline(named)) return named;
  try {
    return await readFile(resolve(terminal.workingFolder, named), "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : message;
    throw new FormworkError("wrong_usage", `Cannot read ${what} ${named}: ${reason}.`, { cause });
  }
}

function label(named: string): string {
  if (named === "-") return "The schema on standard input";
  return isInline(named) ? "The schema" : named;
}

function isInline(named: string): boolean {
  return named.trimStart().startsWith("{");
}
