import type { CudaCode } from "./cudaCode.js";

const machine = (...architectures: readonly number[]): CudaCode[] =>
  architectures.map((architecture) => ({ kind: "machine", architecture, release: 0 }));

const ptx = (release: number, ...architectures: readonly number[]): CudaCode[] =>
  architectures.map((architecture) => ({ kind: "ptx", architecture, release }));

/**
 * The device code in the pinned version's packages for Linux, as read by `cudaCodeOf`: needed to recommend a package that is not
 * installed. `formwork doctor --json` prints it for installed packages.
 */
export const PREBUILT_CODE = {
  cuda: [...ptx(13010, 75, 80, 90), ...machine(86, 89, 120, 121)],
  "cuda-ext": [...ptx(12040, 50, 61, 70, 75, 80), ...machine(86)],
} as const;
