/** Reports the builds on this machine, which of them work, and what to install. */
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
  /** The required release of the platform packages. */
  release: string;
  packages: readonly { packageName: string; version: string | null }[];
  cuda: CudaDriver | { missing: string };
  /** All builds, in the order of preference; all were tested. */
  attempts: readonly (Attempt & { code: readonly CudaCode[] | null })[];
  /** The name of the build that the engine will use; null if none works. */
  chosen: string | null;
  /** Advice on how to run faster, or at all; complete sentences. */
  advice: readonly string[];
}

/** Tests all installed builds. Throws `model_unavailable` if there are none. */
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

/** Advice, the best first; empty if a GPU is used or there is none. */
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
