/** Maximum number of recorded test passes, which let an engine on a GPU start without another test process. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../system/index.js";
import { PLATFORM_PACKAGE_VERSION } from "../llama/abi.js";
import { nativeLlama } from "../llama/native.js";
import type { LibraryBuild } from "./build.js";
import { type Machine, thisMachine } from "./choose.js";
import { askCudaDriver } from "./cudaDriver.js";
import { type Proof, prove } from "./prove.js";

/** The driver and devices for which a recorded pass is valid; undefined if unknown. */
export type DriverIdentity = (build: LibraryBuild) => unknown;

/**
 * One empty file per working build, named after the build's files, the driver and its devices. The file is removed while an engine
 * loads the build, so that a build that crashes the engine is tested again next time.
 */
export class KeptProofs {
  private readonly folder: string;
  private readonly driver: DriverIdentity;

  /** `folder` and `driver` are replaceable for tests. */
  constructor(folder = join(cacheFolder(), "engine", "proofs"), driver: DriverIdentity = driverOf) {
    this.folder = folder;
    this.driver = driver;
  }

  /** Whether `build` has passed with this driver and these devices. Removes the record, until `keep` is called. */
  take(build: LibraryBuild): boolean {
    const file = this.fileOf(build);
    if (file === undefined || !existsSync(file)) return false;
    try {
      rmSync(file);
      return true;
    } catch {
      return false;
    }
  }

  /** Call after a model has run with `build`. */
  keep(build: LibraryBuild): void {
    const file = this.fileOf(build);
    if (file === undefined) return;
    try {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(file, "");
    } catch {
      // A full disk or a read-only folder: the build is tested at each start.
    }
  }

  private fileOf(build: LibraryBuild): string | undefined {
    const { backend, llama, ggml, name } = build;
    const driver = backend === null ? undefined : this.driver(build);
    if (backend === null || driver === undefined) return undefined;
    const files = [llama, ggml, backend].map((path) => {
      const { size, mtimeMs } = statSync(path);
      return [path, size, mtimeMs];
    });
    const facts = JSON.stringify([PLATFORM_PACKAGE_VERSION, name, files, driver]);
    return join(this.folder, createHash("sha256").update(facts).digest("hex").slice(0, 32));
  }
}

/** This machine; builds that have passed before are not tested again. */
export function trustingMachine(proofs: KeptProofs): Machine {
  return {
    ...thisMachine(),
    prove: async (build) => (proofs.take(build) ? (devicesNow(build) ?? (await prove(build))) : prove(build)),
  };
}

/** With the memory that is currently free, for planning. Undefined if something has changed. */
function devicesNow(build: LibraryBuild): Proof | undefined {
  try {
    const { gpus } = nativeLlama(build, "stderr");
    return gpus.length > 0 ? { devices: gpus, failure: null, log: [] } : undefined;
  } catch {
    return undefined;
  }
}

/** NVIDIA's driver reports its version, and Metal's is part of the system. Vulkan's only reports it after it has been loaded. */
function driverOf({ accelerator }: LibraryBuild): unknown {
  if (accelerator === "metal") return release();
  if (accelerator !== "cuda") return undefined;
  const driver = askCudaDriver();
  return "missing" in driver ? undefined : [driver, process.env["CUDA_VISIBLE_DEVICES"]];
}
