import { describe, expect, it } from "vitest";
import type { LibraryBuild } from "./build.js";
import type { Attempt } from "./choose.js";
import type { CudaDriver } from "./cudaDriver.js";
import { adviceFor, type Findings } from "./diagnose.js";

const PACKAGE = "@node-llama-cpp/linux-x64";
const known = [`${PACKAGE}-cuda`, `${PACKAGE}-cuda-ext`, `${PACKAGE}-vulkan`, PACKAGE];

const driver = (version: number, capability: number): CudaDriver => ({
  version,
  devices: [{ name: "GPU", capability, bytes: 8e9 }],
});

function attempt(name: string, failure: string | null): Attempt {
  const accelerator = (name.startsWith("cuda") ? "cuda" : name) as LibraryBuild["accelerator"];
  const build = { name, accelerator, origin: name, folder: "", backend: name, llama: "", ggml: "" };
  const card = { name: "GPU0", description: "GPU", isIntegrated: false, freeBytes: 1, totalBytes: 1 };
  const works = failure === null && name !== "cpu";
  return { build, failure, isTried: true, devices: works ? [card] : [], log: [] };
}

function advice(findings: Partial<Findings>): string[] {
  const cpu = [attempt("cpu", null)];
  const nothing = { cuda: { missing: "none" }, installed: [PACKAGE], known, attempts: cpu, hasVulkan: false };
  return adviceFor({ ...nothing, ...findings }).map((line) => line.replace(/@\d+\.\d+\.\d+/, ""));
}

describe("advice", () => {
  it("is to install the package that the driver can run", () => {
    expect(advice({ cuda: driver(13010, 90) })).toEqual([`Run: npm install ${PACKAGE}-cuda`]);
    expect(advice({ cuda: driver(13000, 90) })).toEqual([`Run: npm install ${PACKAGE}-cuda-ext`]);
    expect(advice({ cuda: driver(13000, 89) })).toEqual([`Run: npm install ${PACKAGE}-cuda`]);
  });

  it("is to build where that package does not work, or there is none", () => {
    const installed = [...known];
    const attempts = [attempt("cuda", "it aborted"), attempt("cpu", null)];
    expect(advice({ cuda: driver(13010, 90), installed, attempts })).toEqual(["Run: formwork engine build"]);
    expect(advice({ cuda: driver(11080, 90) })).toEqual(["Run: formwork engine build"]);
  });

  it("names the runtime library that a backend lacks", () => {
    const failure = "libcudart.so.13: cannot open shared object file: No such file or directory";
    const [first] = advice({ cuda: driver(13010, 90), attempts: [attempt("cuda", failure)] });
    expect(first).toMatch(/runtime libraries of CUDA 13 .*libcudart\.so\.13 is missing/);
  });

  it("is Vulkan for other GPUs, and nothing where the best works", () => {
    expect(advice({ hasVulkan: true })).toEqual([`Run: npm install ${PACKAGE}-vulkan`]);
    expect(advice({})).toEqual([]);
    expect(advice({ cuda: driver(13010, 90), attempts: [attempt("cuda", null)] })).toEqual([]);
    // With an NVIDIA driver CUDA is the faster one.
    expect(advice({ cuda: driver(13010, 90), attempts: [attempt("vulkan", null)] })).toEqual([
      `Run: npm install ${PACKAGE}-cuda`,
    ]);
  });
});
