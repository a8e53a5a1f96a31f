import { ClientError } from "../errors.js";

interface BuiltinModules {
  getBuiltinModule?(name: "node:fs"): FileSystem | undefined;
  getBuiltinModule?(name: "node:path"): { dirname(path: string): string } | undefined;
}

interface FileSystem {
  readFileSync(path: string, encoding: "utf8"): string;
  writeFileSync(path: string, text: string): void;
  appendFileSync(path: string, text: string): void;
  mkdirSync(path: string, options: { recursive: true }): void;
}

/**
 * The file system of Node, Deno or Bun. Obtained at run time instead of imported, so that the client also loads, and can be
 * bundled, for platforms without one. Throws `ClientError("wrong_usage")` on those.
 */
export function fileSystem(): FileSystem & { makeFolderOf(path: string): void } {
  const { process } = globalThis as { process?: BuiltinModules };
  const files = process?.getBuiltinModule?.("node:fs") as FileSystem | undefined;
  const paths = process?.getBuiltinModule?.("node:path") as { dirname(path: string): string } | undefined;
  if (files === undefined || paths === undefined) {
    throw new ClientError("wrong_usage", "Recordings are files: they need Node, Deno or Bun.");
  }
  return {
    readFileSync: files.readFileSync,
    writeFileSync: files.writeFileSync,
    appendFileSync: files.appendFileSync,
    mkdirSync: files.mkdirSync,
    makeFolderOf: (path) => files.mkdirSync(paths.dirname(path), { recursive: true }),
  };
}
