/** Proofs that builds passed before, so that an engine on a GPU does not start with another process and another model. */
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

/** What a proof is worth no more without: another driver or other devices; undefined where nobody says. */
export type DriverIdentity = (build: LibraryBuild) => unknown;

/**
 * One empty file for each build that works, named by the build's own files, the driver and its devices. While an engine loads a
 * build on the strength of one there is none: an engine that the build ends leaves nothing to trust, and the next one proves again.
 */
export class KeptProofs {
  private readonly folder: string;
  private readonly driver: DriverIdentity;

  /** `folder` and `driver`: others are for tests. */
  constructor(folder = join(cacheFolder(), "engine", "proofs"), driver: DriverIdentity = driverOf) {
    this.folder = folder;
    this.driver = driver;
  }

  /** Whether `build` has passed with this driver and these devices. Removes the proof, until `keep` is called. */
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

  /** Call once a model computes with `build`. */
  keep(build: LibraryBuild): void {
    const file = this.fileOf(build);
    if (file === undefined) return;
    try {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(file, "");
    } catch {
      // A full disk or a folder that is read-only: it is proven at each start.
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

/** This machine, where a build that has passed before is not tried again. */
export function trustingMachine(proofs: KeptProofs): Machine {
  return {
    ...thisMachine(),
    prove: async (build) => (proofs.take(build) ? (devicesNow(build) ?? (await prove(build))) : prove(build)),
  };
}

/** With the memory that is free now, which the plan goes by. Undefined where something has changed after all. */
function devicesNow(build: LibraryBuild): Proof | undefined {
  try {
    const { gpus } = nativeLlama(build, "stderr");
    return gpus.length > 0 ? { devices: gpus, failure: null, log: [] } : undefined;
  } catch {
    return undefined;
  }
}

/** NVIDIA's driver says what it is, and Metal's comes with the system. Vulkan's only says so once it has been loaded. */
function driverOf({ accelerator }: LibraryBuild): unknown {
  if (accelerator === "metal") return release();
  if (accelerator !== "cuda") return undefined;
  const driver = askCudaDriver();
  return "missing" in driver ? undefined : [driver, process.env["CUDA_VISIBLE_DEVICES"]];
}
