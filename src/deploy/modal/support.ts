import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preparePackage } from "../package.js";
import type { ModalSettings } from "./settings.js";
import { SUPPORT_FOLDER } from "./template/index.js";

/** One of the Python programs that come with this package. */
export function pythonProgram(name: string): string {
  return fileURLToPath(new URL(`./python/${name}`, import.meta.url));
}

export interface SupportOptions {
  /** The package to pack; this very Formwork when left out. */
  packageFolder?: string;
  signal?: AbortSignal;
}

/** Puts what goes into the image beside the app file: the engine's lock, and Formwork with a lock of its own. */
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
