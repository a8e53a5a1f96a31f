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

/**
 * Whether the backend stores weights in tiles for the CPU's matrix unit (AMX). CPUID is not sufficient: a system or a container may
 * disable the unit, and the backend then works without it.
 */
export function hasMatrixUnit(native: NativeLlama): boolean {
  const { call } = native;
  const list = processorFunction(native, "ggml_backend_dev_get_extra_bufts");
  if (list === null) return false;
  const device = call.ggml_backend_reg_dev_get(call.ggml_backend_reg_by_name("CPU"), 0);
  const types = koffi.call(list, bufferTypesType, device);
  if (types === null) return false;
  for (let i = 0; ; i++) {
    const type = koffi.decode(types, i * koffi.sizeof("void *"), "void *") as Pointer;
    if (type === null) return false;
    if (call.ggml_backend_buft_name(type) === "AMX") return true;
  }
}
