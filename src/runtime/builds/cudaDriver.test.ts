import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askCudaDriver, spelled } from "./cudaDriver.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-driver-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A driver with two GPUs, in C: what the real one exports of the functions that are asked. */
const DRIVER = `
#include <string.h>
int cuInit(unsigned flags) { return INIT; }
int cuDriverGetVersion(int *version) { *version = 13000; return 0; }
int cuDeviceGetCount(int *count) { *count = 2; return 0; }
int cuDeviceGet(int *device, int index) { *device = 10 + index; return 0; }
int cuDeviceGetName(char *name, int length, int device) {
  strncpy(name, device == 10 ? "NVIDIA H200" : "NVIDIA L4", length);
  return 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? (device == 10 ? 9 : 8) : attribute == 76 ? (device == 10 ? 0 : 9) : -1;
  return 0;
}
int cuDeviceTotalMem_v2(unsigned long long *bytes, int device) {
  *bytes = device == 10 ? 150000000000ull : 24000000000ull;
  return 0;
}
`;

const compiler = process.platform !== "win32" && spawnSync("cc", ["--version"]).status === 0;

function driver(name: string, init: number): string {
  const source = join(folder, `${name}.c`);
  const library = join(folder, `${name}.so`);
  writeFileSync(source, DRIVER);
  const { status, stderr } = spawnSync("cc", ["-shared", "-fPIC", `-DINIT=${init}`, "-o", library, source]);
  if (status !== 0) throw new Error(`${stderr}`);
  return library;
}

describe("the NVIDIA driver", () => {
  it.skipIf(!compiler)("says what it runs and what it has (skipped without a C compiler)", () => {
    expect(askCudaDriver(driver("whole", 0))).toEqual({
      version: 13000,
      devices: [
        { name: "NVIDIA H200", capability: 90, bytes: 150e9 },
        { name: "NVIDIA L4", capability: 89, bytes: 24e9 },
      ],
    });
  });

  it.skipIf(!compiler)("says why it does not start (skipped without a C compiler)", () => {
    expect(askCudaDriver(driver("broken", 100))).toEqual({
      missing: "the driver CUDA 13.0 does not start (CUDA error 100)",
    });
  });

  it("is missing where its library is", () => {
    expect(askCudaDriver("libcuda-absent.so.1")).toEqual({ missing: "libcuda-absent.so.1 is not installed" });
    expect(spelled(12080)).toBe("CUDA 12.8");
  });
});
