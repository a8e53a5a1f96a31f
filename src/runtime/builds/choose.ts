/** Chooses the build of the libraries: the fastest installed one that fits the driver and works. */
import { FormworkError } from "../../errors.js";
import type { Accelerator, LibraryBuild, LibraryDevice } from "./build.js";
import { cudaCodeOf, refusalOf } from "./cudaCode.js";
import { askCudaDriver } from "./cudaDriver.js";
import { findBuilds, installCommand, platformPackages } from "./installed.js";
import { type Proof, prove } from "./prove.js";

/** The facts about a machine that the choice depends on; replaceable for tests. */
export interface Machine {
  /** Fastest first, CPU last. */
  builds(): Promise<readonly LibraryBuild[]>;
  /** Why a build cannot work here, if that is known without testing it; otherwise null. */
  objection(build: LibraryBuild): string | null;
  prove(build: LibraryBuild): Promise<Proof>;
}

/** The result for one build. */
export interface Attempt {
  build: LibraryBuild;
  /** Why it does not work; null if it works. */
  failure: string | null;
  /** Whether it was tested, or excluded because the driver cannot run its code. */
  isTried: boolean;
  devices: readonly LibraryDevice[];
  /** The last lines of the library's log; empty if it was not tested. */
  log: readonly string[];
}

export interface ChosenBuild {
  build: LibraryBuild;
  /** The GPUs it uses; empty for a CPU. */
  devices: readonly LibraryDevice[];
  /** Those tried before it, and itself. */
  attempts: readonly Attempt[];
}

/** This machine. */
export function thisMachine(): Machine {
  let driver: ReturnType<typeof askCudaDriver> | undefined;
  return {
    builds: findBuilds,
    objection: (build) => {
      if (build.accelerator !== "cuda") return null;
      driver ??= askCudaDriver();
      if ("missing" in driver) return `there is no NVIDIA driver: ${driver.missing}`;
      const code = cudaCodeOf(build.backend!);
      return code === null ? null : refusalOf(code, driver);
    },
    prove,
  };
}

/** Tests whether a build works. */
export async function attempt(build: LibraryBuild, machine: Machine): Promise<Attempt> {
  if (build.backend === null) return { build, failure: null, isTried: false, devices: [], log: [] };
  const objection = machine.objection(build);
  if (objection !== null) return { build, failure: objection, isTried: false, devices: [], log: [] };
  const { failure, devices, log } = await machine.prove(build);
  return { build, failure, isTried: true, devices, log };
}

/**
 * The first working build of the requested kind. Calls `onFailure` for each that does not work. Throws `model_unavailable` with all
 * reasons if none works; with `auto`, the CPU build always does.
 */
export async function chooseBuild(
  accelerator: Accelerator,
  onFailure: (failed: Attempt) => void = () => undefined,
  machine: Machine = thisMachine(),
): Promise<ChosenBuild> {
  const attempts: Attempt[] = [];
  for (const build of await machine.builds()) {
    if (accelerator !== "auto" && build.accelerator !== accelerator) continue;
    const made = await attempt(build, machine);
    attempts.push(made);
    if (made.failure === null) return { build, devices: made.devices, attempts };
    onFailure(made);
  }
  throw new FormworkError("model_unavailable", noneWorks(accelerator, attempts));
}

function noneWorks(accelerator: Accelerator, attempts: readonly Attempt[]): string {
  const remedy = "`formwork doctor` shows what this machine has and what to install.";
  if (attempts.length > 0) {
    const reasons = attempts.map(({ build, failure, log }) => {
      const words = log.filter((line) => /error|fail|not supported/i.test(line)).slice(-2);
      return `${build.name}: ${failure}${words.length === 0 ? "" : ` (${words.join("; ")})`}`;
    });
    return `No build of llama.cpp for ${accelerator} works here. ${reasons.join(". ")}. ${remedy}`;
  }
  const known = platformPackages(process.platform, process.arch).filter(
    (candidate) => candidate.accelerator === accelerator,
  );
  if (known.length === 0) {
    return `There is no prebuilt llama.cpp for ${process.platform}-${process.arch} with ${accelerator}. ${remedy}`;
  }
  return `No build of llama.cpp for ${accelerator} is installed. Run: ${installCommand(known[0].packageName)}. ${remedy}`;
}
