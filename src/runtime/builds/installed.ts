/** Finds the libraries of llama.cpp: in the installed platform packages, and those built on this machine. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FormworkError } from "../../errors.js";
import { cacheFolder } from "../../system/index.js";
import { PLATFORM_PACKAGE_VERSION } from "../llama/abi.js";
import type { LibraryBuild } from "./build.js";

/** An npm package that may contain a build. */
export interface PlatformPackage {
  /** The name of its build. */
  name: string;
  accelerator: LibraryBuild["accelerator"];
  packageName: string;
  /** Path of the libraries in the package's folder of binaries. */
  below: readonly string[];
}

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "mac", win32: "win" };

/** The packages for a machine, the fastest build first. */
export function platformPackages(platform: NodeJS.Platform, architecture: string): PlatformPackage[] {
  const system = SYSTEMS[platform];
  if (system === undefined || (architecture !== "x64" && architecture !== "arm64")) return [];
  const machine = `${system}-${architecture}`;
  const packageOf = (
    name: string,
    accelerator: LibraryBuild["accelerator"],
    ending: string,
    below = [`${machine}${ending}`],
  ): PlatformPackage => ({ name, accelerator, packageName: `@node-llama-cpp/${machine}${ending}`, below });
  const processor = packageOf("cpu", "cpu", "");
  if (system === "mac")
    return architecture === "arm64" ? [packageOf("metal", "metal", "-metal")] : [processor];
  if (architecture !== "x64") return [processor];
  return [
    packageOf("cuda", "cuda", "-cuda"),
    packageOf("cuda-ext", "cuda", "-cuda-ext", [`${machine}-cuda`, "fallback"]),
    packageOf("vulkan", "vulkan", "-vulkan"),
    processor,
  ];
}

/** The version of a package and the folder of its libraries; null if it is not installed. */
export async function installedPackage({
  packageName,
  below,
}: PlatformPackage): Promise<{ version: string; folder: string } | null> {
  let module: { getBinsDir(): { binsDir: string; packageVersion: string } };
  try {
    module = (await import(packageName)) as typeof module;
  } catch {
    return null;
  }
  const { binsDir, packageVersion } = module.getBinsDir();
  const folder = join(binsDir, ...below);
  return existsSync(folder) ? { version: packageVersion, folder } : null;
}

/** The command that installs a package in the version required by the binding. */
export function installCommand(...packageNames: readonly string[]): string {
  return `npm install ${packageNames.map((name) => `${name}@${PLATFORM_PACKAGE_VERSION}`).join(" ")}`;
}

// `libllama.v0.4.0.so`, `libllama.cuda.v0.4.0.so`, `llama.v0.4.0.dll`; not `libllama-common.so`.
const llamaFile = /^(?:lib)?llama(?:\.[\w.]+)?\.(?:so|dylib|dll)$/;
const ggmlFile = /^(?:lib)?ggml(?:\.[\w.]+)?\.(?:so|dylib|dll)$/;
const backendFile = /^(?:lib)?ggml-(?:cuda|vulkan|metal)\.(?:so|dylib|dll)$/;

interface Libraries {
  folder: string;
  llama: string;
  ggml: string;
}

/** The libraries in a folder, if it contains all of them. */
function librariesIn(folder: string): Libraries | null {
  const files = readdirSync(folder);
  const llama = files.find((file) => llamaFile.test(file));
  const ggml = files.find((file) => ggmlFile.test(file));
  if (llama === undefined || ggml === undefined) return null;
  return { folder, llama: join(folder, llama), ggml: join(folder, ggml) };
}

function backendIn(folder: string): string | null {
  const file = readdirSync(folder).find((name) => backendFile.test(name));
  return file === undefined ? null : join(folder, file);
}

/** The record that `formwork engine build` writes next to the backend. */
export interface BuildRecord {
  accelerator: "cuda" | "vulkan";
  /** The release of the matching libraries. */
  version: string;
}

export const BUILD_RECORD = "build.json";

/** The folder of backends built on this machine, one subfolder each. */
export function ownBuildsFolder(): string {
  return join(cacheFolder(), "engine", PLATFORM_PACKAGE_VERSION);
}

function ownBuilds(base: Libraries): LibraryBuild[] {
  const parent = ownBuildsFolder();
  const folders = existsSync(parent) ? readdirSync(parent).sort() : [];
  return folders.flatMap((name): LibraryBuild[] => {
    const record = join(parent, name, BUILD_RECORD);
    // A folder without a record is still being built.
    if (!existsSync(record)) return [];
    const { accelerator } = JSON.parse(readFileSync(record, "utf8")) as BuildRecord;
    const origin = join(parent, name);
    return [{ ...base, name, accelerator, origin, backend: backendIn(origin) }];
  });
}

/**
 * All builds on this machine, fastest first. Throws `model_unavailable` with the package to install if there is none, or if one has
 * another version.
 */
export async function findBuilds(): Promise<LibraryBuild[]> {
  const packages = platformPackages(process.platform, process.arch);
  const found: { package: PlatformPackage; folder: string }[] = [];
  for (const candidate of packages) {
    const installed = await installedPackage(candidate);
    if (installed === null) continue;
    if (installed.version !== PLATFORM_PACKAGE_VERSION) {
      throw new FormworkError(
        "model_unavailable",
        `${candidate.packageName} is installed in version ${installed.version}; this binding needs exactly ` +
          `${PLATFORM_PACKAGE_VERSION}: ${installCommand(candidate.packageName)}`,
      );
    }
    found.push({ package: candidate, folder: installed.folder });
  }
  // All packages contain the same libraries, except `-ext` ones, which only contain a backend. The last is the smallest.
  const base = found.map(({ folder }) => librariesIn(folder)).findLast((libraries) => libraries !== null);
  if (base === undefined || base === null) throw nothingInstalled(packages);
  const gpu = found.flatMap(({ package: { name, accelerator, packageName }, folder }): LibraryBuild[] => {
    const backend = accelerator === "cpu" ? null : backendIn(folder);
    if (backend === null) return [];
    return [{ ...base, name, accelerator, origin: packageName, backend }];
  });
  const processor: LibraryBuild = {
    ...base,
    name: "cpu",
    accelerator: "cpu",
    origin: found.findLast(({ folder }) => folder === base.folder)!.package.packageName,
    backend: null,
  };
  const rank = ({ accelerator }: LibraryBuild) => FASTEST_FIRST.indexOf(accelerator);
  return [...ownBuilds(base), ...gpu, processor].sort((one, other) => rank(one) - rank(other));
}

const FASTEST_FIRST: readonly LibraryBuild["accelerator"][] = ["cuda", "metal", "vulkan", "cpu"];

/** Whether the backend is loaded with the rest of its folder. */
export function isBackendInFolder({ folder, backend }: LibraryBuild): boolean {
  return backend !== null && dirname(backend) === folder;
}

function nothingInstalled(packages: readonly PlatformPackage[]): FormworkError {
  const machine = `${process.platform}-${process.arch}`;
  const remedy = packages.at(-1)?.packageName;
  return new FormworkError(
    "model_unavailable",
    remedy === undefined
      ? `There is no prebuilt llama.cpp for ${machine}. Use a remote engine instead.`
      : `The llama.cpp libraries for ${machine} are not installed. Run: ${installCommand(remedy)} ` +
          "(an install with --omit=optional leaves them out).",
  );
}
