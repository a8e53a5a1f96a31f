import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preparePackage } from "../package.js";
import type { ModalSettings } from "./settings.js";
import { SUPPORT_FOLDER } from "./template/index.js";

/** The path of one of this package's Python programs. */
export function pythonProgram(name: string): string {
  return fileURLToPath(new URL(`./python/${name}`, import.meta.url));
}

export interface SupportOptions {
  /** The package to pack. Default: this Formwork. */
  packageFolder?: string;
  signal?: AbortSignal;
}

/** Writes the content of the image next to the app file: the engine's lock file, and Formwork with its own. */
export async function prepareSupport(
  folder: string,
  settings: ModalSettings,
  options: SupportOptions = {},
): Promise<void> {
  const support = join(folder, SUPPORT_FOLDER);
  await mkdir(support, { recursive: true });
  const lock = `${settings.engine}.lock`;
  await copyFile(new URL(`./requirements/${lock}`, import.meta.url), join(support, lock));
  await preparePackage(join(support, "node"), { ...options, version: settings.package });
}
