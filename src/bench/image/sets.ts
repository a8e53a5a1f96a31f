import { fileURLToPath } from "node:url";

export type RequirementSetName = "small" | "full";

/** Packages to install: as somebody writes them down, and resolved beforehand. */
export interface RequirementSet {
  name: RequirementSetName;
  description: string;
  requirements: string;
  lock: string;
  /** The Python that the lock was made for. */
  python: string;
  /** Times that each side installs it, unless told otherwise. */
  runs: number;
  /** Free disk space that it takes, in GiB. */
  diskGiB: number;
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
    runs: 3,
    diskGiB: 4,
  },
  full: {
    name: "full",
    description: "everything the vLLM image installs (about 6 GB to download)",
    requirements: file("../../deploy/modal/requirements/vllm.in"),
    lock: file("../../deploy/modal/requirements/vllm.lock"),
    python: "3.12",
    runs: 1,
    diskGiB: 45,
  },
};

/**
 * `pip`: resolves and installs, as an image without a lock does. `uv`: installs the lock. `uv, bytecode`: the same
 * with the compilation that pip always does, on all cores: what the generated image runs. `pip, lock`: pip with
 * everything resolved beforehand.
 */
export const SIDES = ["pip", "pip, lock", "uv", "uv, bytecode"] as const;
export type Side = (typeof SIDES)[number];
