/** Functions of the loaded CPU backend beyond the common interface, by name. */
import koffi from "koffi";
import type { Pointer } from "./abi.js";
import type { NativeLlama } from "./native.js";

/** A function from the backend's registry; null if there is none with that name. */
export function processorFunction({ call }: NativeLlama, name: string): Pointer {
  const registry = call.ggml_backend_reg_by_name("CPU");
  return registry === null ? null : call.ggml_backend_reg_get_proc_address(registry, name);
}

/** `struct ggml_backend_feature`: lists end with a null name. */
const featureType = koffi.struct({ name: "const char *", value: "const char *" });

const featuresType = koffi.proto("void *", ["void *"]);

/** Whether the backend was built for, and found, an instruction set such as `AVX2`. */
export function processorHas(native: NativeLlama, feature: string): boolean {
  const list = processorFunction(native, "ggml_backend_get_features");
  if (list === null) return false;
  const features = koffi.call(list, featuresType, native.call.ggml_backend_reg_by_name("CPU"));
  for (let i = 0; ; i++) {
    const { name, value } = koffi.decode(features, i * koffi.sizeof(featureType), featureType) as Record<
      "name" | "value",
      string | null
    >;
    if (name === null) return false;
    if (name === feature) return value === "1";
  }
}

const bufferTypesType = koffi.proto("void *", ["void *"]);

/** The processor as a device of the library. */
export function processorDevice({ call }: NativeLlama): Pointer {
  return call.ggml_backend_reg_dev_get(call.ggml_backend_reg_by_name("CPU"), 0);
}

/** The kinds of memory, by name, in which the backend arranges weights as its faster kernels want them. */
export function arrangingMemory(native: NativeLlama): ReadonlyMap<string, Pointer> {
  const found = new Map<string, Pointer>();
  const list = processorFunction(native, "ggml_backend_dev_get_extra_bufts");
  if (list === null) return found;
  const types = koffi.call(list, bufferTypesType, processorDevice(native));
  for (let i = 0; types !== null; i++) {
    const type = koffi.decode(types, i * koffi.sizeof("void *"), "void *") as Pointer;
    if (type === null) break;
    found.set(native.call.ggml_backend_buft_name(type), type);
  }
  return found;
}

/**
 * Whether the backend stores weights in tiles for the CPU's matrix unit (AMX). CPUID is not sufficient: a system or a container may
 * disable the unit, and the backend then works without it.
 */
export function hasMatrixUnit(native: NativeLlama): boolean {
  return arrangingMemory(native).has("AMX");
}
