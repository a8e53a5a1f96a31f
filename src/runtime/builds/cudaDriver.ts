/** What this machine's NVIDIA driver can run, as the driver reports it. */
import koffi, { type LibraryHandle } from "koffi";

export interface CudaDevice {
  name: string;
  /** Compute capability as the toolkit writes it: 90 is 9.0. */
  capability: number;
  bytes: number;
}

export interface CudaDriver {
  /** The CUDA version that it supports, as the driver reports it: 13010 is 13.1. */
  version: number;
  devices: readonly CudaDevice[];
}

const LIBRARIES: Partial<Record<NodeJS.Platform, string>> = { linux: "libcuda.so.1", win32: "nvcuda.dll" };

const COMPUTE_CAPABILITY_MAJOR = 75;
const COMPUTE_CAPABILITY_MINOR = 76;

/** The driver's answer, or the reason why there is none. `library`: another driver, for tests. */
export function askCudaDriver(library = LIBRARIES[process.platform]): CudaDriver | { missing: string } {
  if (library === undefined) return { missing: `${process.platform} has no NVIDIA driver` };
  let driver: LibraryHandle;
  try {
    driver = koffi.load(library);
  } catch {
    return { missing: `${library} is not installed` };
  }
  const call = (name: string, ...types: string[]) => driver.func(name, "int", types);
  const number = (ask: (into: Int32Array) => number): number => {
    const into = new Int32Array(1);
    return ask(into) === 0 ? into[0] : 0;
  };
  const code = call("cuInit", "uint")(0) as number;
  const version = number((into) => call("cuDriverGetVersion", "void *")(into));
  if (code !== 0) return { missing: `the driver ${spelled(version)} does not start (CUDA error ${code})` };
  const count = number((into) => call("cuDeviceGetCount", "void *")(into));
  const attribute = call("cuDeviceGetAttribute", "void *", "int", "int");
  const devices: CudaDevice[] = [];
  for (let index = 0; index < count; index++) {
    const device = number((into) => call("cuDeviceGet", "void *", "int")(into, index));
    const name = Buffer.alloc(256);
    call("cuDeviceGetName", "void *", "int", "int")(name, name.length, device);
    const bytes = new BigUint64Array(1);
    call("cuDeviceTotalMem_v2", "void *", "int")(bytes, device);
    devices.push({
      name: name.toString("utf8").replace(/\0.*$/s, ""),
      capability:
        10 * number((into) => attribute(into, COMPUTE_CAPABILITY_MAJOR, device)) +
        number((into) => attribute(into, COMPUTE_CAPABILITY_MINOR, device)),
      bytes: Number(bytes[0]),
    });
  }
  return { version, devices };
}

/** 13010 as `CUDA 13.1`. */
export function spelled(version: number): string {
  return `CUDA ${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
