/** What this machine has to run models on, what of it works, and what to install. */
import { existsSync } from "node:fs";
import { PLATFORM_PACKAGE_VERSION } from "../llama/abi.js";
import type { Accelerator } from "./build.js";
import { type Attempt, attempt, type Machine, thisMachine } from "./choose.js";
import { type CudaCode, cudaCodeOf, refusalOf } from "./cudaCode.js";
import { askCudaDriver, type CudaDriver } from "./cudaDriver.js";
import { installCommand, installedPackage, platformPackages } from "./installed.js";
import { PREBUILT_CODE } from "./prebuilt.js";

export interface Diagnosis {
  platform: string;
  /** The release of the platform packages that fits. */
  release: string;
  packages: readonly { packageName: string; version: string | null }[];
  cuda: CudaDriver | { missing: string };
  /** Every build, in the order in which they are tried; all were. */
  attempts: readonly (Attempt & { code: readonly CudaCode[] | null })[];
  /** The name of the build that the engine takes; null where none works. */
  chosen: string | null;
  /** What to do to run faster, or at all; whole sentences. */
  advice: readonly string[];
}

/** Tries every build that is installed. Throws `model_unavailable` where there is none at all. */
export async function diagnose(
  accelerator: Accelerator,
  machine: Machine = thisMachine(),
): Promise<Diagnosis> {
  const packages = await Promise.all(
    platformPackages(process.platform, process.arch).map(async (candidate) => ({
      packageName: candidate.packageName,
      version: (await installedPackage(candidate))?.version ?? null,
    })),
  );
  const attempts: (Attempt & { code: readonly CudaCode[] | null })[] = [];
  for (const build of await machine.builds()) {
    const code = build.accelerator === "cuda" ? cudaCodeOf(build.backend!) : null;
    attempts.push({ ...(await attempt(build, machine)), code });
  }
  const chosen = attempts.find(
    ({ build, failure }) => failure === null && (accelerator === "auto" || build.accelerator === accelerator),
  );
  const cuda = askCudaDriver();
  return {
    platform: `${process.platform}-${process.arch}`,
    release: PLATFORM_PACKAGE_VERSION,
    packages,
    cuda,
    attempts,
    chosen: chosen?.build.name ?? null,
    advice: adviceFor({
      cuda,
      installed: packages.filter(({ version }) => version !== null).map(({ packageName }) => packageName),
      known: packages.map(({ packageName }) => packageName),
      attempts,
      hasVulkan: VULKAN_LOADERS.some((file) => existsSync(file)),
    }),
  };
}

const VULKAN_LOADERS = [
  "/usr/lib/x86_64-linux-gnu/libvulkan.so.1",
  "/usr/lib64/libvulkan.so.1",
  "/usr/lib/libvulkan.so.1",
  "C:\\Windows\\System32\\vulkan-1.dll",
];

export interface Findings {
  cuda: CudaDriver | { missing: string };
  installed: readonly string[];
  known: readonly string[];
  attempts: readonly Attempt[];
  /** Whether the system can load Vulkan drivers. */
  hasVulkan: boolean;
}

/** What to do, the best first; nothing where a GPU is used, or there is none to use. */
export function adviceFor({ cuda, installed, known, attempts, hasVulkan }: Findings): string[] {
  const working = attempts.find(({ failure, devices }) => failure === null && devices.length > 0);
  if (working !== undefined && (working.build.accelerator !== "vulkan" || "missing" in cuda)) return [];
  const advice: string[] = [];
  for (const { failure } of attempts) {
    const library = /(lib(?:cudart|cublas)\S*\.so\.(\d+))/.exec(failure ?? "");
    if (library === null) continue;
    advice.push(
      `Install the runtime libraries of CUDA ${library[2]} (cudart and cuBLAS): ${library[1]} is missing. ` +
        "They are part of NVIDIA's toolkit; LD_LIBRARY_PATH may name their folder.",
    );
  }
  const missing = (ending: string) =>
    known.find((name) => name.endsWith(ending) && !installed.includes(name));
  if (!("missing" in cuda) && cuda.devices.length > 0) {
    const fitting = (["cuda", "cuda-ext"] as const).find(
      (name) => refusalOf(PREBUILT_CODE[name], cuda) === null,
    );
    const fittingPackage = fitting === undefined ? undefined : missing(`-${fitting}`);
    if (fittingPackage !== undefined) advice.push(`Run: ${installCommand(fittingPackage)}`);
    else advice.push("Run: formwork engine build");
  }
  const vulkan = missing("-vulkan");
  if (working === undefined && hasVulkan && vulkan !== undefined)
    advice.push(`Run: ${installCommand(vulkan)}`);
  return [...new Set(advice)];
}
