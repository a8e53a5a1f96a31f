/** Decides which build of the libraries runs: the fastest that is installed, fits the driver and works. */
import { FormworkError } from "../../errors.js";
import type { Accelerator, LibraryBuild, LibraryDevice } from "./build.js";
import { cudaCodeOf, refusalOf } from "./cudaCode.js";
import { askCudaDriver } from "./cudaDriver.js";
import { findBuilds, installCommand, platformPackages } from "./installed.js";
import { type Proof, prove } from "./prove.js";

/** What of a machine the choice depends on; another one is for tests. */
export interface Machine {
  /** The fastest first, a processor's last. */
  builds(): Promise<readonly LibraryBuild[]>;
  /** Why a build cannot work here, as far as that can be known without trying; null where nothing is known. */
  objection(build: LibraryBuild): string | null;
  prove(build: LibraryBuild): Promise<Proof>;
}

/** What became of one build. */
export interface Attempt {
  build: LibraryBuild;
  /** Why it does not work; null where it does. */
  failure: string | null;
  /** Whether it was run, or ruled out by what it holds and what the driver can run. */
  isTried: boolean;
  devices: readonly LibraryDevice[];
  /** The library's own last lines; empty where it was not run. */
  log: readonly string[];
}

export interface ChosenBuild {
  build: LibraryBuild;
  /** The GPUs it computes with; empty on a processor. */
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

/** Finds out whether a build works. */
export async function attempt(build: LibraryBuild, machine: Machine): Promise<Attempt> {
  if (build.backend === null) return { build, failure: null, isTried: false, devices: [], log: [] };
  const objection = machine.objection(build);
  if (objection !== null) return { build, failure: objection, isTried: false, devices: [], log: [] };
  const { failure, devices, log } = await machine.prove(build);
  return { build, failure, isTried: true, devices, log };
}

/**
 * The first build of the kind asked for that works. `onFailure` hears of each that does not. Throws `model_unavailable`,
 * with the reason of each, where none works; with `auto` the processor's always does.
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
