import { fileURLToPath } from "node:url";

export type RequirementSetName = "small" | "full";

/**
 * `pip`: resolves and installs what somebody wrote down, as an image without a lock does; what it finds may be newer than
 * the lock. `pip, constrained`: the same with the lock as a bound, so that it finds the same. `pip, lock`: pip with
 * everything resolved beforehand. `uv`: installs the lock. `uv, bytecode`: the same with the compilation that pip always
 * does, on all cores: what the generated image runs.
 */
export const SIDES = ["pip", "pip, constrained", "pip, lock", "uv", "uv, bytecode"] as const;
export type Side = (typeof SIDES)[number];

/** Packages to install: as somebody writes them down, and resolved beforehand. */
export interface RequirementSet {
  name: string;
  description: string;
  requirements: string;
  lock: string;
  /** The Python that the lock was made for. */
  python: string;
  /** Who installs it by default. */
  sides: readonly Side[];
  /** Times that each side installs it by default. */
  runs: number;
  /** Disk space that one installation takes, in GiB: what it leaves, and half as much while it works. */
  diskGiB: number;
  /** Whether an installation fills so much memory that where the memory comes from matters; see `settle.ts`. */
  fillsMemory: boolean;
}

/** The files lie beside what they belong to; the full set is the image's own. */
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
    // Gigabytes each: only the two that the ratio is made of, and the image's own way.
    sides: ["pip", "uv", "uv, bytecode"],
    runs: 1,
    diskGiB: 14,
    fillsMemory: true,
  },
};
