import { fileURLToPath } from "node:url";

export type RequirementSetName = "small" | "full";

/**
 * `pip`: resolves and installs a plain list of requirements, as in an image without a lock file; versions may be newer than the lock.
 * `pip, constrained`: the same with the lock as constraints. `pip, lock`: pip installs the lock. `uv`: installs the lock. `uv, bytecode`:
 * the same with compilation to bytecode on all cores, which pip always does: what the generated image runs.
 */
export const SIDES = ["pip", "pip, constrained", "pip, lock", "uv", "uv, bytecode"] as const;
export type Side = (typeof SIDES)[number];

/** Packages to install: a plain list of requirements, and the lock file. */
export interface RequirementSet {
  name: string;
  description: string;
  requirements: string;
  lock: string;
  /** The Python that the lock was made for. */
  python: string;
  /** Default sides. */
  sides: readonly Side[];
  /** Default number of installs per side. */
  runs: number;
  /** Disk space of one installation in GiB: its result, and half as much temporarily. */
  diskGiB: number;
  /** Whether an installation fills so much memory that the origin of the memory matters; see `settle.ts`. */
  fillsMemory: boolean;
}

/** The small set's files are in this folder; the full set is that of the image. */
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const REQUIREMENT_SETS: Readonly<Record<RequirementSetName, RequirementSet>> = {
  small: {
    name: "small",
    description: "the image's packages besides PyTorch, CUDA and kernels",
    requirements: file("./requirements/small.in"),
    lock: file("./requirements/small.lock"),
    python: "3.12",
    sides: ["pip", "pip, lock", "uv", "uv, bytecode"],
    runs: 3,
    diskGiB: 1.5,
    fillsMemory: false,
  },
  full: {
    name: "full",
    description: "everything the vLLM image installs (about 6 GB to download)",
    requirements: file("../../../deploy/modal/requirements/vllm.in"),
    lock: file("../../../deploy/modal/requirements/vllm.lock"),
    python: "3.12",
    // Gigabytes each: only the two sides of the ratio, and that of the image.
    sides: ["pip", "uv", "uv, bytecode"],
    runs: 1,
    diskGiB: 14,
    fillsMemory: true,
  },
};
