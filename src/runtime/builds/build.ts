/** `auto` takes the fastest build that is installed, fits the driver and proves to work. */
export type Accelerator = "auto" | "cuda" | "metal" | "vulkan" | "cpu";

/** Libraries of llama.cpp that this machine could run: a folder of them, and for a GPU the backend that goes with it. */
export interface LibraryBuild {
  /** `cuda`, `cuda-ext`, `vulkan`, `metal`, `cpu`, or the folder that `formwork engine build` made. Unique on a machine. */
  name: string;
  accelerator: Exclude<Accelerator, "auto">;
  /** The npm package or the folder that it came with. */
  origin: string;
  /** The libraries themselves and the backends for processors. */
  folder: string;
  /** The library of the GPU backend; null for a processor. It may lie elsewhere: backends of one release fit any folder of it. */
  backend: string | null;
  llama: string;
  ggml: string;
}

/** A GPU as a backend of the library sees it. */
export interface LibraryDevice {
  /** The backend's own name: `CUDA0`. */
  name: string;
  /** For people: `NVIDIA H200`. */
  description: string;
  /** Whether it shares its memory with the processor. */
  isIntegrated: boolean;
  freeBytes: number;
  totalBytes: number;
}
