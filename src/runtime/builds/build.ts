/** `auto`: the fastest installed build that fits the driver and passes its test. */
export type Accelerator = "auto" | "cuda" | "metal" | "vulkan" | "cpu";

/** Libraries of llama.cpp that this machine may be able to run: a folder and, for a GPU, its backend. */
export interface LibraryBuild {
  /** `cuda`, `cuda-ext`, `vulkan`, `metal`, `cpu`, or the folder created by `formwork engine build`. Unique on a machine. */
  name: string;
  accelerator: Exclude<Accelerator, "auto">;
  /** The npm package or the folder that contains it. */
  origin: string;
  /** The folder of the libraries and the CPU backends. */
  folder: string;
  /** The library of the GPU backend; null for a CPU. May be in another folder, since backends fit all libraries of their release. */
  backend: string | null;
  llama: string;
  ggml: string;
}

/** A GPU, as reported by the backend. */
export interface LibraryDevice {
  /** The backend's name: `CUDA0`. */
  name: string;
  /** The product name: `NVIDIA H200`. */
  description: string;
  /** Whether it shares its memory with the CPU. */
  isIntegrated: boolean;
  freeBytes: number;
  totalBytes: number;
}
