import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FormworkError } from "../errors.js";
import { runCommand } from "../system/index.js";

/** The folder of this package, from the sources as well as from the build. */
const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

async function versionOf(packageFolder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

/** The version of the llama.cpp libraries required by this Formwork. */
export function libraryVersion(): string {
  const manifest = JSON.parse(readFileSync(join(PACKAGE_FOLDER, "package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  return Object.values(manifest.optionalDependencies)[0]!;
}

export interface PackageOptions {
  /** `local` packs Formwork; anything else is a version on npm. Default `local`. */
  version?: string;
  /** The package to pack. Default: this Formwork. */
  packageFolder?: string;
  signal?: AbortSignal;
}

/**
 * Writes Formwork with a lock file of its dependencies to `folder`, ready for `npm ci` in an image. The tarball's name contains a hash of
 * its content, and unchanged files are not rewritten, so that layers remain cached until something changes.
 */
export async function preparePackage(folder: string, options: PackageOptions = {}): Promise<void> {
  const { version = "local", packageFolder = PACKAGE_FOLDER, signal } = options;
  await mkdir(folder, { recursive: true });
  const formwork = version === "local" ? `file:${await pack(packageFolder, folder, signal)}` : version;
  await writeLock(folder, formwork, signal);
}

/** Packs Formwork. Resolves with the name of the tarball. */
async function pack(packageFolder: string, folder: string, signal?: AbortSignal): Promise<string> {
  await stat(join(packageFolder, "dist", "cli", "main.js")).catch((cause) => {
    throw new FormworkError(
      "wrong_usage",
      "This Formwork is not built yet: run `npm run build`, then deploy again.",
      { cause },
    );
  });
  const version = await versionOf(packageFolder);
  const packed = join(folder, `formwork-${version}.tgz`);
  // Independent of the user's npm settings.
  await npm(["pack", "--ignore-scripts", "--pack-destination", folder], packageFolder, signal);
  const hash = createHash("sha256")
    .update(await readFile(packed))
    .digest("hex")
    .slice(0, 12);
  const name = `formwork-${version}-${hash}.tgz`;
  await rename(packed, join(folder, name));
  for (const file of await readdir(folder)) {
    if (file.endsWith(".tgz") && file !== name) await rm(join(folder, file));
  }
  return name;
}

async function writeLock(folder: string, formwork: string, signal?: AbortSignal): Promise<void> {
  const manifest = `${JSON.stringify({ private: true, dependencies: { formwork } }, null, 2)}\n`;
  const path = join(folder, "package.json");
  const lock = join(folder, "package-lock.json");
  const before = await readFile(path, "utf8").catch(() => undefined);
  const hasLock = await stat(lock).then(
    () => true,
    () => false,
  );
  if (hasLock && before === manifest) return;
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
