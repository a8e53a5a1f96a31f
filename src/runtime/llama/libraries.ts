/** Finds the prebuilt llama.cpp libraries among the installed platform packages. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FormworkError } from "../../errors.js";
import { PLATFORM_PACKAGE_VERSION } from "./abi.js";

/** `auto` takes the fastest build that is installed and whose GPU is there. */
export type Accelerator = "auto" | "cuda" | "metal" | "vulkan" | "cpu";

/** One build: a folder of libraries that belong together. */
export interface LibraryBuild {
  accelerator: Exclude<Accelerator, "auto">;
  packageName: string;
  folder: string;
  /** Folders with the same GPU backend for other drivers (`-ext` packages), for when the first finds no GPU. */
  fallbackFolders: readonly string[];
  llama: string;
  ggml: string;
}

interface Candidate {
  accelerator: Exclude<Accelerator, "auto">;
  packageName: string;
  fallbackPackages: readonly string[];
}

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "mac", win32: "win" };

/** Packages that may hold a build for this machine, the fastest first. */
export function candidates(platform: NodeJS.Platform, architecture: string): Candidate[] {
  const system = SYSTEMS[platform];
  if (system === undefined || (architecture !== "x64" && architecture !== "arm64")) return [];
  const name = `@node-llama-cpp/${system}-${architecture}`;
  if (system === "mac") {
    return architecture === "arm64"
      ? [{ accelerator: "metal", packageName: `${name}-metal`, fallbackPackages: [] }]
      : [{ accelerator: "cpu", packageName: name, fallbackPackages: [] }];
  }
  const cpu: Candidate = { accelerator: "cpu", packageName: name, fallbackPackages: [] };
  if (architecture !== "x64") return [cpu];
  return [
    { accelerator: "cuda", packageName: `${name}-cuda`, fallbackPackages: [`${name}-cuda-ext`] },
    { accelerator: "vulkan", packageName: `${name}-vulkan`, fallbackPackages: [] },
    cpu,
  ];
}

interface PlatformPackage {
  getBinsDir(): { binsDir: string; packageVersion: string };
}

/** The folder of a package's libraries, or null where it is not installed. */
async function installedFolder(packageName: string, below: readonly string[]): Promise<string | null> {
  let platformPackage: PlatformPackage;
  try {
    platformPackage = (await import(packageName)) as PlatformPackage;
  } catch {
    return null;
  }
  const { binsDir, packageVersion } = platformPackage.getBinsDir();
  if (packageVersion !== PLATFORM_PACKAGE_VERSION) {
    throw new FormworkError(
      "model_unavailable",
      `${packageName} is installed in version ${packageVersion}; this binding needs exactly ` +
        `${PLATFORM_PACKAGE_VERSION}: npm install ${packageName}@${PLATFORM_PACKAGE_VERSION}`,
    );
  }
  const folder = join(binsDir, ...below);
  return existsSync(folder) ? folder : null;
}

// `libllama.v0.4.0.so`, `libllama.cuda.v0.4.0.so`, `llama.v0.4.0.dll`; not `libllama-common.so`.
const llamaFile = /^(?:lib)?llama(?:\.[\w.]+)?\.(?:so|dylib|dll)$/;
const ggmlFile = /^(?:lib)?ggml(?:\.[\w.]+)?\.(?:so|dylib|dll)$/;

function buildIn(
  folder: string,
  candidate: Candidate,
  fallbackFolders: readonly string[],
): LibraryBuild | null {
  const files = readdirSync(folder);
  const llama = files.find((file) => llamaFile.test(file));
  const ggml = files.find((file) => ggmlFile.test(file));
  if (llama === undefined || ggml === undefined) return null;
  return {
    accelerator: candidate.accelerator,
    packageName: candidate.packageName,
    folder,
    fallbackFolders,
    llama: join(folder, llama),
    ggml: join(folder, ggml),
  };
}

/**
 * Installed builds that fit `accelerator`, the fastest first.
 * Throws `model_unavailable` with the package to install where there is none.
 */
export async function findBuilds(accelerator: Accelerator): Promise<LibraryBuild[]> {
  const wanted = candidates(process.platform, process.arch).filter(
    (candidate) => accelerator === "auto" || candidate.accelerator === accelerator,
  );
  const builds: LibraryBuild[] = [];
  for (const candidate of wanted) {
    const name = candidate.packageName.slice(candidate.packageName.indexOf("/") + 1);
    const folder = await installedFolder(candidate.packageName, [name]);
    if (folder === null) continue;
    const fallbackFolders: string[] = [];
    for (const fallback of candidate.fallbackPackages) {
      const fallbackFolder = await installedFolder(fallback, [name, "fallback"]);
      if (fallbackFolder !== null) fallbackFolders.push(fallbackFolder);
    }
    const build = buildIn(folder, candidate, fallbackFolders);
    if (build !== null) builds.push(build);
  }
  if (builds.length > 0) return builds;
  const machine = `${process.platform}-${process.arch}`;
  const remedy = wanted.at(-1)?.packageName;
  throw new FormworkError(
    "model_unavailable",
    remedy === undefined
      ? `There is no prebuilt llama.cpp for ${machine}${accelerator === "auto" ? "" : ` with ${accelerator}`}. ` +
          "Use a remote engine instead."
      : `The llama.cpp libraries for ${machine} are not installed. Run: npm install ${remedy}@${PLATFORM_PACKAGE_VERSION} ` +
          "(an install with --omit=optional leaves them out).",
  );
}
