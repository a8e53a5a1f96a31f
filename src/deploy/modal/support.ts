import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FormworkError } from "../../errors.js";
import { runCommand } from "../../system/index.js";
import type { ModalSettings } from "./settings.js";
import { SUPPORT_FOLDER } from "./template/index.js";

/** The folder that this package lies in: the same from the sources and from the build. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../../../", import.meta.url));

/** The version of this Formwork. */
export function formworkVersion(): Promise<string> {
  return versionOf(PACKAGE_FOLDER);
}

async function versionOf(packageFolder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

/** One of the Python programs that come with this package. */
export function pythonProgram(name: string): string {
  return fileURLToPath(new URL(`./python/${name}`, import.meta.url));
}

export interface SupportOptions {
  /** The package to pack; this very Formwork when left out. */
  packageFolder?: string;
  signal?: AbortSignal;
}

/**
 * Puts what goes into the image beside the app file: the engine's lock, and Formwork with a lock of its own
 * dependencies. Files that are right already stay as they are, so that the image's layers stay cached.
 */
export async function prepareSupport(
  folder: string,
  settings: ModalSettings,
  options: SupportOptions = {},
): Promise<void> {
  const support = join(folder, SUPPORT_FOLDER);
  const node = join(support, "node");
  await mkdir(node, { recursive: true });
  const lock = `${settings.engine}.lock`;
  await copyFile(new URL(`./requirements/${lock}`, import.meta.url), join(support, lock));
  const { packageFolder = PACKAGE_FOLDER, signal } = options;
  if (settings.package === "local") await packFormwork(packageFolder, node, signal);
  else await writeLock(node, settings.package, true, signal);
}

/** Packs a Formwork: what runs here is what will run there. */
async function packFormwork(packageFolder: string, folder: string, signal?: AbortSignal): Promise<void> {
  await stat(join(packageFolder, "dist", "cli", "main.js")).catch((cause) => {
    throw new FormworkError(
      "wrong_usage",
      "This Formwork is not built yet: run `npm run build`, then deploy again.",
      {
        cause,
      },
    );
  });
  const name = `formwork-${await versionOf(packageFolder)}.tgz`;
  const before = await readFile(join(folder, name)).catch(() => undefined);
  for (const file of await readdir(folder)) {
    if (file.endsWith(".tgz") && file !== name) await rm(join(folder, file));
  }
  // A user's own npm settings cannot change what is packed.
  await npm(["pack", "--ignore-scripts", "--pack-destination", folder], packageFolder, signal);
  const after = await readFile(join(folder, name));
  await writeLock(folder, `file:${name}`, before?.equals(after) ?? false, signal);
}

/** `unchanged`: the package is the one that the lock, if there is any, was made for. */
async function writeLock(
  folder: string,
  formwork: string,
  unchanged: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const manifest = `${JSON.stringify({ private: true, dependencies: { formwork } }, null, 2)}\n`;
  const path = join(folder, "package.json");
  const lock = join(folder, "package-lock.json");
  const before = await readFile(path, "utf8").catch(() => undefined);
  const hasLock = await stat(lock).then(
    () => true,
    () => false,
  );
  if (unchanged && hasLock && before === manifest) return;
  await writeFile(path, manifest);
  await rm(lock, { force: true });
  await npm(
    [
      "install",
      "--package-lock-only",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--omit-lockfile-registry-resolved",
    ],
    folder,
    signal,
  );
}

async function npm(words: string[], directory: string, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? { directory } : { directory, signal };
  const result = await runCommand(["npm", ...words, "--loglevel", "error"], options);
  if (result.status === 0) return;
  throw new FormworkError("upstream_error", `\`npm ${words[0]}\` failed:\n${result.stderr.trim()}`);
}
